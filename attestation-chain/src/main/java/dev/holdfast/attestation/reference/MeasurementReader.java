package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.Cbor.Kind;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.reference.Measurement.Mode;
import dev.holdfast.attestation.reference.Measurement.Range;
import dev.holdfast.attestation.reference.Measurement.RawValue;
import dev.holdfast.attestation.reference.Measurement.Register;
import dev.holdfast.attestation.reference.Measurement.SecurityVersion;
import dev.holdfast.attestation.reference.Measurement.Version;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Reads measurements and their values (draft-ietf-rats-corim, section 5.1.4.5). */
final class MeasurementReader {
  private static final long SVN = 552;
  private static final long MINIMUM_SVN = 553;
  private static final long MASKED = 563;
  private static final long RANGE = 564;
  private static final long IPV4 = 52;
  private static final long IPV6 = 54;
  private static final int KNOWN_MAX = 15;

  private MeasurementReader() {}

  static Measurement measurement(Cbor map) {
    String what = "a measurement";
    return new Measurement(
        map.member(0, what).map(TriplesReader::measurementKey),
        values(map.required(1, what)),
        CorimReader.optionals(map, 2, "authorized-by", TriplesReader::cryptoKey));
  }

  private static Measurement.Values values(Cbor map) {
    String what = "mval";
    if (map.size(what) == 0) {
      throw new MalformedException("a measurement has no value");
    }
    return new Measurement.Values(
        map.member(0, what).map(MeasurementReader::version),
        map.member(1, what).map(MeasurementReader::securityVersion),
        map.member(2, what).map(MeasurementReader::digests).orElse(List.of()),
        map.member(3, what).map(MeasurementReader::modes).orElse(Map.of()),
        map.member(4, what).map(raw -> raw(raw, map.member(5, what))),
        map.member(6, what).map(v -> either(v, 6, 8, "mac-addr")),
        map.member(7, what).map(MeasurementReader::ipAddress),
        map.member(8, what).map(v -> v.text("serial-number")),
        map.member(9, what).map(v -> untagged(v, 550).bytes(7, 33, "ueid")),
        map.member(10, what).map(v -> untagged(v, TriplesReader.UUID).bytes(16, 16, "uuid")),
        map.member(11, what).map(v -> v.text("name")),
        CorimReader.optionals(map, 13, "cryptokeys", TriplesReader::cryptoKey),
        map.member(14, what).map(MeasurementReader::registers).orElse(Map.of()),
        map.member(15, what).map(MeasurementReader::range),
        extensions(map));
  }

  private static Cbor untagged(Cbor item, long tag) {
    return item.hasTag(tag) ? item.content() : item;
  }

  private static List<String> extensions(Cbor map) {
    List<String> labels = new ArrayList<>();
    for (Cbor.Entry entry : map.entries("mval")) {
      Cbor key = entry.key();
      if (key.is(Kind.TEXT)) {
        labels.add(key.text("a label"));
      } else {
        long label = key.number("a label");
        if (label < 0 || label > KNOWN_MAX || label == 12) {
          labels.add(Long.toString(label));
        }
      }
    }
    return labels;
  }

  private static Version version(Cbor map) {
    String what = "version";
    return new Version(
        map.required(0, what).text(what),
        map.member(1, what)
            .map(
                scheme ->
                    scheme.is(Kind.TEXT)
                        ? scheme.text(what)
                        : Long.toString(scheme.number("version-scheme"))));
  }

  private static SecurityVersion securityVersion(Cbor item) {
    boolean minimum = item.hasTag(MINIMUM_SVN);
    Cbor number = minimum ? item.content() : untagged(item, SVN);
    return new SecurityVersion(TriplesReader.unsigned(number, "svn"), minimum);
  }

  /** At least one digest, no two by the same algorithm (section 7.7). */
  static List<Digest> digests(Cbor item) {
    List<Digest> digests =
        CorimReader.some(item, "digests").stream().map(MeasurementReader::digest).toList();
    Set<String> algorithms = new HashSet<>();
    for (Digest digest : digests) {
      if (!algorithms.add(digest.algorithm())) {
        throw new MalformedException("two digests of one object are by " + digest.algorithm());
      }
    }
    return digests;
  }

  static Digest digest(Cbor item) {
    List<Cbor> parts = item.elements("a digest");
    if (parts.size() != 2) {
      throw new MalformedException("a digest has an algorithm and a value");
    }
    Cbor algorithm = parts.get(0);
    return new Digest(
        algorithm.is(Kind.TEXT)
            ? algorithm.text("algorithm")
            : Digest.name(algorithm.number("algorithm")),
        parts.get(1).bytes("a digest"));
  }

  private static Map<Mode, Boolean> modes(Cbor map) {
    if (map.size("flags") == 0) {
      throw new MalformedException("flags must not be empty");
    }
    Map<Mode, Boolean> modes = new EnumMap<>(Mode.class);
    for (Mode mode : Mode.values()) {
      map.member(mode.number(), "flags").ifPresent(set -> modes.put(mode, set.truth("a flag")));
    }
    return modes;
  }

  private static RawValue raw(Cbor item, Optional<Cbor> deprecatedMask) {
    String what = "raw-value";
    if (item.hasTag(MASKED)) {
      List<Cbor> parts = item.content().elements(what);
      if (parts.size() != 2) {
        throw new MalformedException("a masked raw value has a value and a mask");
      }
      return new RawValue(parts.get(0).bytes(what), parts.get(1).bytes("the mask"));
    }
    if (item.tag().isEmpty()) {
      throw new MalformedException("a raw value is tagged");
    }
    Bytes value = item.content().bytes(what);
    return new RawValue(
        value, deprecatedMask.map(mask -> mask.bytes("the mask")).orElse(full(value.length())));
  }

  private static Bytes full(int length) {
    byte[] mask = new byte[length];
    Arrays.fill(mask, (byte) 0xff);
    return Bytes.of(mask);
  }

  private static Bytes either(Cbor item, int one, int other, String what) {
    Bytes bytes = item.bytes(what);
    if (bytes.length() != one && bytes.length() != other) {
      throw new MalformedException(what + " has " + one + " or " + other + " bytes");
    }
    return bytes;
  }

  private static Bytes ipAddress(Cbor item) {
    return either(untagged(untagged(item, IPV4), IPV6), 4, 16, "ip-addr");
  }

  private static Map<Register, List<Digest>> registers(Cbor map) {
    Map<Register, List<Digest>> registers = new LinkedHashMap<>();
    for (Cbor.Entry entry : map.entries("integrity-registers")) {
      Cbor key = entry.key();
      Register register =
          key.is(Kind.TEXT)
              ? new Register.Named(key.text("a register"))
              : new Register.Numbered(TriplesReader.unsigned(key, "a register"));
      registers.put(register, digests(entry.value()));
    }
    if (registers.isEmpty()) {
      throw new MalformedException("integrity-registers must not be empty");
    }
    return registers;
  }

  private static Range range(Cbor item) {
    if (!item.hasTag(RANGE)) {
      OptionalLong number = OptionalLong.of(item.number("int-range"));
      return new Range(number, number);
    }
    List<Cbor> ends = item.content().elements("int-range");
    if (ends.size() != 2) {
      throw new MalformedException("a range has two ends");
    }
    return new Range(end(ends.get(0)), end(ends.get(1)));
  }

  private static OptionalLong end(Cbor item) {
    return item.isNull() ? OptionalLong.empty() : OptionalLong.of(item.number("int-range"));
  }
}
