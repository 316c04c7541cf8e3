package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Rules that a manifest of a kind of platform keeps to, beyond those of every CoRIM
 * (draft-fdb-rats-psa-endorsements, draft-ydb-rats-cca-endorsements).
 */
@SuppressWarnings("ImmutableEnumChecker") // Set.of makes sets that never change.
public enum CorimProfile {
  /** Arm PSA: an implementation and its software components. */
  PSA("psa", "tag:arm.com,2025:psa#", Set.of("psa.software-component"), Set.of(), Set.of(32)),
  /** The platform of an Arm CCA: an implementation, its software and its configuration. */
  CCA_PLATFORM(
      "cca-platform",
      "tag:arm.com,2025:cca_platform#",
      Set.of("cca.software-component"),
      Set.of("cca.platform-config"),
      Set.of(32)),
  /** A realm of an Arm CCA: its initial and extensible measurements. */
  CCA_REALM(
      "cca-realm",
      "tag:arm.com,2025:cca_realm#",
      Set.of("cca.rim", "cca.rem0", "cca.rem1", "cca.rem2", "cca.rem3"),
      Set.of("cca.rpv"),
      Set.of(32, 48, 64));

  private static final String RIM = "cca.rim";

  private final String label;
  private final String uri;
  private final Set<String> digested;
  private final Set<String> raw;
  private final Set<Integer> classLengths;

  CorimProfile(
      String label, String uri, Set<String> digested, Set<String> raw, Set<Integer> classLengths) {
    this.label = label;
    this.uri = uri;
    this.digested = digested;
    this.raw = raw;
    this.classLengths = classLengths;
  }

  /** The name in lower case, such as {@code cca-realm}. */
  public String label() {
    return label;
  }

  /** The profile of a name. */
  public static Optional<CorimProfile> ofLabel(String label) {
    return Arrays.stream(values()).filter(profile -> profile.label.equals(label)).findFirst();
  }

  /** The profile that a manifest names, of whatever version, if it is one of these. */
  public static Optional<CorimProfile> of(Corim corim) {
    return Arrays.stream(values())
        .filter(profile -> corim.profile().filter(name -> name.startsWith(profile.uri)).isPresent())
        .findFirst();
  }

  /** Every breach of the rules; none, if they are kept. */
  public List<Finding> check(List<Comid> modules) {
    List<Finding> findings = new ArrayList<>();
    Set<Environment> measured = new HashSet<>();
    Set<Environment> withRim = new HashSet<>();
    for (int i = 0; i < modules.size(); i++) {
      Triples triples = modules.get(i).triples();
      String where = "tag/" + i;
      for (Triples.Values values : triples.referenceValues()) {
        checkClass(values.environment(), where, findings);
        measured.add(values.environment());
        for (Measurement measurement : values.measurements()) {
          checkReference(measurement, where, findings);
          if (measurement.key().equals(Optional.of(new MeasurementKey.Text(RIM)))) {
            withRim.add(values.environment());
          }
        }
      }
      for (Triples.Keys keys : triples.attestKeys()) {
        checkClass(keys.environment(), where, findings);
        checkKeys(keys, where, findings);
      }
    }
    if (this == CCA_REALM && (measured.isEmpty() || !withRim.containsAll(measured))) {
      findings.add(breach("a realm has no initial measurement, " + RIM, "manifest"));
    }
    return List.copyOf(findings);
  }

  private void checkClass(Environment environment, String where, List<Finding> findings) {
    Optional<Bytes> id = environment.classId().flatMap(this::classId);
    if (id.isEmpty() || !classLengths.contains(id.get().length())) {
      findings.add(
          breach("a class is identified otherwise than by tagged bytes of the right length", where)
              .expecting(classLengths.stream().sorted().map(n -> n + " bytes").toList())
              .finding(environment.toString()));
    }
  }

  /** Realms have no implementation. */
  private Optional<Bytes> classId(Identifier identifier) {
    return this == CCA_REALM && identifier instanceof Identifier.Tagged
        ? Optional.empty()
        : Part.classId(identifier);
  }

  private static void checkKeys(Triples.Keys keys, String where, List<Finding> findings) {
    if (!(keys.environment().instance().orElse(null) instanceof Identifier.Ueid)) {
      findings.add(
          breach("a verification key belongs to no instance with a UEID", where)
              .finding(keys.environment().toString()));
    }
    if (keys.keys().size() != 1 || !(keys.keys().getFirst() instanceof CryptoKey.PkixKey)) {
      findings.add(
          breach("a verification key is not one single public key in PEM (tag 554)", where)
              .finding(keys.keys().toString()));
    }
  }

  private void checkReference(Measurement measurement, String where, List<Finding> findings) {
    String key =
        measurement.key().orElse(null) instanceof MeasurementKey.Text(String text) ? text : "";
    Measurement.Values values = measurement.values();
    if (!digested.contains(key) && !raw.contains(key)) {
      findings.add(
          breach("a reference value has no key, or one that the profile does not know", where)
              .expecting(Stream.concat(digested.stream(), raw.stream()).sorted().toList())
              .finding(measurement.key().map(Object::toString).orElse("")));
      return;
    }
    if (raw.contains(key) && values.raw().isEmpty()) {
      findings.add(breach(key + " has no raw value", where));
    }
    if (digested.contains(key)) {
      if (values.digests().isEmpty()) {
        findings.add(breach(key + " has no digests", where));
      }
      for (Digest digest : values.digests()) {
        OptionalInt length = digest.expectedLength();
        if (length.isEmpty() || length.getAsInt() != digest.value().length()) {
          findings.add(
              breach(key + " has a digest of another length than its algorithm's", where)
                  .finding(digest.toString()));
        }
      }
    }
    if (!values.keys().stream().allMatch(CryptoKey.KeyId.class::isInstance)) {
      findings.add(breach("the signers of " + key + " are not tagged bytes", where));
    }
  }

  private static Finding breach(String message, String where) {
    return Finding.against(Reason.REFERENCE_SCHEMA, message)
        .at(where)
        .remedy("Ask whoever made the manifest for one that keeps to its profile.");
  }
}
