package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.Cbor.Kind;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads triples, environments and keys (draft-ietf-rats-corim, section 5.1.4). */
final class TriplesReader {
  /** The tag of an object identifier (RFC 9090). */
  static final long OID = 111;

  /** The tag of a UUID. */
  static final long UUID = 37;

  /** The tag of bytes. */
  static final long BYTES = 560;

  private static final long UEID = 550;
  private static final long PKIX_KEY = 554;
  private static final long PKIX_CERTIFICATE = 555;
  private static final long PKIX_PATH = 556;
  private static final long KEY_THUMBPRINT = 557;
  private static final long COSE_KEY = 558;
  private static final long CERTIFICATE_THUMBPRINT = 559;
  private static final long PATH_THUMBPRINT = 561;
  private static final long DER_CERTIFICATE = 562;

  private TriplesReader() {}

  static Triples triples(Cbor map) {
    if (map.size("triples") == 0) {
      throw new MalformedException("triples must not be empty");
    }
    return new Triples(
        CorimReader.optionals(map, 0, "reference-triples", TriplesReader::values),
        CorimReader.optionals(map, 1, "endorsed-triples", TriplesReader::values),
        CorimReader.optionals(map, 2, "identity-triples", TriplesReader::keys),
        CorimReader.optionals(map, 3, "attest-key-triples", TriplesReader::keys),
        CorimReader.optionals(map, 4, "dependency-triples", TriplesReader::domain),
        CorimReader.optionals(map, 5, "membership-triples", TriplesReader::domain),
        CorimReader.optionals(map, 6, "coswid-triples", TriplesReader::software),
        CorimReader.optionals(
            map, 8, "conditional-endorsement-series-triples", TriplesReader::series),
        CorimReader.optionals(
            map, 10, "conditional-endorsement-triples", TriplesReader::conditional));
  }

  private static List<Cbor> parts(Cbor item, int least, int most, String what) {
    List<Cbor> parts = item.elements(what);
    if (parts.size() < least || parts.size() > most) {
      throw new MalformedException(what + " has " + parts.size() + " parts");
    }
    return parts;
  }

  private static Triples.Values values(Cbor item) {
    List<Cbor> parts = parts(item, 2, 2, "a triple of values");
    return new Triples.Values(environment(parts.get(0)), measurements(parts.get(1)));
  }

  private static List<Measurement> measurements(Cbor item) {
    return CorimReader.some(item, "the measurements").stream()
        .map(MeasurementReader::measurement)
        .toList();
  }

  private static Triples.Keys keys(Cbor item) {
    List<Cbor> parts = parts(item, 2, 3, "a triple of keys");
    Optional<MeasurementKey> element = Optional.empty();
    List<CryptoKey> authorizedBy = List.of();
    if (parts.size() == 3) {
      Cbor conditions = parts.get(2);
      element = conditions.member(0, "conditions").map(TriplesReader::measurementKey);
      authorizedBy =
          CorimReader.optionals(conditions, 1, "authorized-by", TriplesReader::cryptoKey);
    }
    return new Triples.Keys(
        environment(parts.get(0)), cryptoKeys(parts.get(1), "the keys"), element, authorizedBy);
  }

  private static Triples.Domain domain(Cbor item) {
    List<Cbor> parts = parts(item, 2, 2, "a triple of domains");
    return new Triples.Domain(
        environment(parts.get(0)),
        CorimReader.some(parts.get(1), "the domain's members").stream()
            .map(TriplesReader::environment)
            .toList());
  }

  private static Triples.Software software(Cbor item) {
    List<Cbor> parts = parts(item, 2, 2, "a CoSWID triple");
    return new Triples.Software(
        environment(parts.get(0)),
        CorimReader.some(parts.get(1), "the CoSWID tags").stream()
            .map(tag -> CorimReader.name(tag, "tag-id"))
            .toList());
  }

  private static Triples.Series series(Cbor item) {
    List<Cbor> parts = parts(item, 2, 2, "a conditional endorsement series");
    List<Cbor> condition = parts(parts.get(0), 2, 3, "the condition of a series");
    List<Triples.Choice> choices = new ArrayList<>();
    for (Cbor choice : CorimReader.some(parts.get(1), "the series")) {
      List<Cbor> sides = parts(choice, 2, 2, "a choice of a series");
      choices.add(new Triples.Choice(measurements(sides.get(0)), measurements(sides.get(1))));
    }
    return new Triples.Series(
        new Triples.Values(
            environment(condition.get(0)),
            condition.get(1).elements("the condition's claims").stream()
                .map(MeasurementReader::measurement)
                .toList()),
        condition.size() == 3 ? cryptoKeys(condition.get(2), "authorized-by") : List.of(),
        choices);
  }

  private static Triples.Conditional conditional(Cbor item) {
    List<Cbor> parts = parts(item, 2, 2, "a conditional endorsement");
    return new Triples.Conditional(
        CorimReader.some(parts.get(0), "the conditions").stream()
            .map(TriplesReader::values)
            .toList(),
        CorimReader.some(parts.get(1), "the endorsements").stream()
            .map(TriplesReader::values)
            .toList());
  }

  static Environment environment(Cbor map) {
    String what = "an environment";
    Optional<Cbor> of = map.member(0, what);
    Environment environment =
        new Environment(
            of.flatMap(c -> c.member(0, "class")).map(TriplesReader::identifier),
            of.flatMap(c -> c.member(1, "class")).map(v -> v.text("vendor")),
            of.flatMap(c -> c.member(2, "class")).map(v -> v.text("model")),
            of.flatMap(c -> c.member(3, "class")).map(v -> unsigned(v, "layer")),
            of.flatMap(c -> c.member(4, "class")).map(v -> unsigned(v, "index")),
            map.member(1, what).map(TriplesReader::identifier),
            map.member(2, what).map(TriplesReader::identifier));
    if (environment.isEmpty() || (of.isPresent() && !environment.hasClass())) {
      throw new MalformedException("an environment says nothing of what it is");
    }
    return environment;
  }

  static long unsigned(Cbor item, String what) {
    return item.number(0, Long.MAX_VALUE, what);
  }

  private static long tagOf(Cbor item, String what) {
    return item.tag().orElseThrow(() -> new MalformedException(what + " has no tag"));
  }

  static Identifier identifier(Cbor item) {
    String what = "an identifier";
    long tag = tagOf(item, what);
    Cbor content = item.content();
    if (tag == OID) {
      return new Identifier.Oid(content.bytes(what));
    }
    if (tag == UUID) {
      return new Identifier.Uuid(content.bytes(16, 16, what));
    }
    if (tag == UEID) {
      return new Identifier.Ueid(content.bytes(7, 33, what));
    }
    if (tag == BYTES) {
      return new Identifier.Opaque(content.bytes(what));
    }
    return tag >= PKIX_KEY && tag <= DER_CERTIFICATE
        ? new Identifier.OfKey(cryptoKey(item))
        : new Identifier.Tagged(tag, content.encode());
  }

  static MeasurementKey measurementKey(Cbor item) {
    String what = "mkey";
    if (item.is(Kind.TEXT)) {
      return new MeasurementKey.Text(item.text(what));
    }
    if (item.is(Kind.INTEGER)) {
      return new MeasurementKey.Numbered(unsigned(item, what));
    }
    long tag = tagOf(item, what);
    Cbor content = item.content();
    if (tag == OID) {
      return new MeasurementKey.Oid(content.bytes(what));
    }
    return tag == UUID
        ? new MeasurementKey.Uuid(content.bytes(16, 16, what))
        : new MeasurementKey.Tagged(tag, content.encode());
  }

  static List<CryptoKey> cryptoKeys(Cbor item, String what) {
    return CorimReader.some(item, what).stream().map(TriplesReader::cryptoKey).toList();
  }

  static CryptoKey cryptoKey(Cbor item) {
    String what = "a key";
    long tag = tagOf(item, what);
    Cbor content = item.content();
    return switch ((int) Math.min(tag & Long.MAX_VALUE, Integer.MAX_VALUE)) {
      case (int) PKIX_KEY -> new CryptoKey.PkixKey(content.text(what));
      case (int) PKIX_CERTIFICATE -> new CryptoKey.PkixCertificate(content.text(what));
      case (int) PKIX_PATH -> new CryptoKey.PkixPath(content.text(what));
      case (int) COSE_KEY -> new CryptoKey.CoseKey(content.encode());
      case (int) DER_CERTIFICATE -> new CryptoKey.DerCertificate(content.bytes(what));
      case (int) BYTES -> new CryptoKey.KeyId(content.bytes(what));
      case (int) KEY_THUMBPRINT -> thumbprint(CryptoKey.Subject.KEY, content);
      case (int) CERTIFICATE_THUMBPRINT -> thumbprint(CryptoKey.Subject.CERTIFICATE, content);
      case (int) PATH_THUMBPRINT -> thumbprint(CryptoKey.Subject.PATH, content);
      default -> throw new MalformedException("a key has tag " + tag + ", which is none of a key");
    };
  }

  private static CryptoKey thumbprint(CryptoKey.Subject subject, Cbor digest) {
    return new CryptoKey.Thumbprint(subject, MeasurementReader.digest(digest));
  }
}
