package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.reference.Measurement.Register;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Turns elements of manifests into the names of claims: the table is at {@link ReferenceSet}. */
final class ReferenceNames {
  private static final Map<String, String> KNOWN =
      Map.of(
          "cca.platform-config", "cca/platform/config",
          "cca.rim", "cca/realm/initial-measurement",
          "cca.rem0", "cca/realm/extensible-measurement/0",
          "cca.rem1", "cca/realm/extensible-measurement/1",
          "cca.rem2", "cca/realm/extensible-measurement/2",
          "cca.rem3", "cca/realm/extensible-measurement/3",
          "cca.rpv", "cca/realm/personalization-value");
  private static final Map<String, String> COMPONENTS =
      Map.of(
          "psa.software-component", "psa/software/",
          "cca.software-component", "cca/platform/software/");

  private ReferenceNames() {}

  /** What a measurement demands that cannot be compared; empty if there is nothing. */
  static String incomparable(Measurement measurement) {
    Measurement.Values values = measurement.values();
    if (!measurement.authorizedBy().isEmpty()) {
      return "an authority";
    }
    if (!values.extensions().isEmpty()) {
      return "members " + String.join(", ", values.extensions());
    }
    boolean identity =
        values.macAddress().isPresent()
            || values.ipAddress().isPresent()
            || values.serialNumber().isPresent()
            || values.ueid().isPresent()
            || values.uuid().isPresent();
    if (identity) {
      return "an address or an identifier of the element";
    }
    if (!values.keys().stream().allMatch(CryptoKey.KeyId.class::isInstance)) {
      return "keys of the element";
    }
    boolean mixed = !values.registers().isEmpty() && !values.digests().isEmpty();
    return mixed ? "registers and digests at once" : "";
  }

  static List<Reference> references(
      Environment environment, Measurement measurement, String source) {
    Measurement.Values values = measurement.values();
    Set<Bytes> signers = new HashSet<>();
    for (CryptoKey key : values.keys()) {
      if (key instanceof CryptoKey.KeyId(Bytes id)) {
        signers.add(id);
      }
    }
    Reference whole =
        new Reference(
            environment,
            name(measurement),
            Set.copyOf(values.digests()),
            values.raw(),
            values.securityVersion(),
            values.modes(),
            values.version().map(Measurement.Version::text),
            values.range(),
            signers,
            source);
    if (values.registers().isEmpty()) {
      return List.of(whole);
    }
    List<Reference> references = new ArrayList<>();
    values
        .registers()
        .forEach(
            (register, digests) ->
                references.addAll(registers(whole, measurement, register, digests)));
    return references;
  }

  /** One for each bank: registers of two banks are two registers. */
  private static List<Reference> registers(
      Reference whole, Measurement measurement, Register register, List<Digest> digests) {
    List<Reference> references = new ArrayList<>();
    for (Digest digest : digests) {
      references.add(
          new Reference(
              whole.environment(),
              registerName(measurement.key(), register, digest.bank()),
              Set.of(digest),
              whole.raw(),
              whole.securityVersion(),
              whole.modes(),
              whole.version(),
              whole.range(),
              whole.signers(),
              whole.source()));
    }
    return references;
  }

  static String name(Measurement measurement) {
    String component = measurement.values().name().orElse("");
    return measurement.key().map(key -> name(key, component)).orElse("measurement");
  }

  private static String name(MeasurementKey key, String component) {
    return switch (key) {
      case MeasurementKey.Text(String text) ->
          COMPONENTS.containsKey(text)
              ? COMPONENTS.get(text) + component
              : KNOWN.getOrDefault(text, text);
      case MeasurementKey.Numbered _,
          MeasurementKey.Oid _,
          MeasurementKey.Uuid _,
          MeasurementKey.Tagged _ ->
          "mkey/" + key;
    };
  }

  private static String registerName(
      Optional<MeasurementKey> key, Register register, Optional<PcrBank> bank) {
    String id =
        switch (register) {
          case Register.Numbered(long index) -> Long.toString(index);
          // Numbers and texts are never the same register (section 5.1.4.7).
          case Register.Named(String name) -> name.matches("\\d+") ? "named-" + name : name;
        };
    if (key.isPresent()) {
      return name(key.get(), "") + "/" + id;
    }
    return register instanceof Register.Numbered && bank.isPresent()
        ? "pcr/" + bank.get().label() + "/" + id
        : "register/" + id;
  }
}
