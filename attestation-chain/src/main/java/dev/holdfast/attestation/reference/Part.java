package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A part that names itself in evidence, as Arm's profiles of CoRIM have it
 * (draft-fdb-rats-psa-endorsements, draft-ydb-rats-cca-endorsements): a root of trust and a
 * platform by implementation and instance, a realm by its initial measurement.
 *
 * @param kind which of them
 * @param id the identifier of its class
 * @param instance the identifier of the one part, where it has one
 */
record Part(Kind kind, Bytes id, Optional<Bytes> instance) {
  private static final long IMPLEMENTATION_ID = 600;

  /** The kinds of parts that name themselves. */
  enum Kind {
    /** The root of trust of a PSA device. */
    PSA("psa/", "psa/implementation-id", "psa/instance-id"),
    /** The platform of an Arm CCA. */
    CCA_PLATFORM("cca/platform/", "cca/platform/implementation-id", "cca/platform/instance-id"),
    /** A realm of an Arm CCA. */
    CCA_REALM("cca/realm/", "cca/realm/initial-measurement", "");

    private final String prefix;
    private final String idClaim;
    private final String instanceClaim;

    Kind(String prefix, String idClaim, String instanceClaim) {
      this.prefix = prefix;
      this.idClaim = idClaim;
      this.instanceClaim = instanceClaim;
    }

    /** What the names of its claims begin with. */
    String prefix() {
      return prefix;
    }

    /** The claim that identifies its class. */
    String idClaim() {
      return idClaim;
    }

    /** Whether its evidence lists software components. */
    boolean hasSoftware() {
      return this != CCA_REALM;
    }

    /** What the names of its software components begin with. */
    String software() {
      return prefix + "software/";
    }

    String component(int index, String member) {
      return software() + index + "/" + member;
    }
  }

  /** The parts that name themselves among values by claim. */
  static List<Part> among(Map<String, Bytes> values) {
    List<Part> parts = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      Bytes id = values.get(kind.idClaim);
      if (id != null) {
        parts.add(new Part(kind, id, Optional.ofNullable(values.get(kind.instanceClaim))));
      }
    }
    return parts;
  }

  /**
   * Whether a statement about an environment is one about this part: its class, its instance or
   * both are this part's. Vendor and model only describe a class that has an identifier, and no
   * token says them; an environment that says more is about something else.
   */
  boolean isIn(Environment environment) {
    boolean named = environment.classId().isPresent() || environment.instance().isPresent();
    boolean narrower =
        environment.layer().isPresent()
            || environment.index().isPresent()
            || environment.group().isPresent();
    return named
        && !narrower
        && environment.classId().map(found -> isClass(found)).orElse(true)
        && environment.instance().map(found -> isInstance(found)).orElse(true);
  }

  /** Whether an environment names this very instance. */
  boolean isInstanceOf(Environment environment) {
    return environment.instance().filter(this::isInstance).isPresent();
  }

  private boolean isClass(Identifier found) {
    return classId(found).equals(Optional.of(id));
  }

  /** The bytes that identify a class in Arm's profiles, whichever way they are tagged. */
  static Optional<Bytes> classId(Identifier identifier) {
    return switch (identifier) {
      case Identifier.Opaque(Bytes value) -> Optional.of(value);
      case Identifier.Tagged(long tag, Bytes content) when tag == IMPLEMENTATION_ID ->
          bytes(content);
      case Identifier.Tagged _,
          Identifier.Oid _,
          Identifier.Uuid _,
          Identifier.Ueid _,
          Identifier.OfKey _ ->
          Optional.empty();
    };
  }

  private static Optional<Bytes> bytes(Bytes content) {
    try {
      Cbor item = Cbor.parse(content, Cbor.Limits.of(CorimReader.MAX_BYTES), "the identifier");
      return Optional.of(item.bytes("the identifier"));
    } catch (MalformedException e) {
      return Optional.empty();
    }
  }

  private boolean isInstance(Identifier found) {
    return found instanceof Identifier.Ueid(Bytes value) && instance.equals(Optional.of(value));
  }
}
