package dev.holdfast.attestation.result;

import dev.holdfast.attestation.Bytes;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The claims of an EAT attestation result of any verifier (draft-ietf-rats-ear, section 3), as
 * read. What private claims say is judged by who defined them.
 *
 * @param profile the profile that it says it keeps to: a URI, or an object identifier
 * @param verifier who appraised
 * @param issuedAt when it was signed
 * @param notBefore when it begins to be valid, if that is later
 * @param expiresAt when it stops being valid; empty if it says nothing of it
 * @param audience whom it is for; anyone, if empty
 * @param nonces what it echoes for freshness: as text, or base64url of the bytes in a CWT
 * @param rawEvidence the evidence that was appraised, if it is enclosed; not verified by anyone
 * @param submodules an appraisal for each attester, at least one, by its label
 * @param others every other claim of the whole: its name, or the number of its label, and its value
 *     as JSON
 */
public record Ear(
    String profile,
    VerifierId verifier,
    Instant issuedAt,
    Optional<Instant> notBefore,
    Optional<Instant> expiresAt,
    List<String> audience,
    List<String> nonces,
    Optional<Bytes> rawEvidence,
    Map<String, Submodule> submodules,
    Map<String, String> others) {
  /** Copies the lists and maps; refuses a result about nobody. */
  public Ear {
    audience = List.copyOf(audience);
    nonces = List.copyOf(nonces);
    submodules = Collections.unmodifiableMap(new LinkedHashMap<>(submodules));
    others = Map.copyOf(others);
    if (submodules.isEmpty()) {
      throw new IllegalArgumentException("a result is about somebody");
    }
  }

  /**
   * Who appraised (draft-ietf-rats-ar4si, section 3.3).
   *
   * @param developer who made the verifier
   * @param build which build of it
   */
  public record VerifierId(String developer, String build) {}

  /**
   * The appraisal of one attester.
   *
   * @param status the outcome
   * @param vector the outcome by aspect; an aspect that is not there claims nothing
   * @param policies the policies applied, in their order
   * @param nonces what the evidence answered, in the form of {@link Ear#nonces}
   * @param others every other claim: its name, or the number of its label, and its value as JSON
   */
  public record Submodule(
      Tier status,
      Map<Aspect, Integer> vector,
      List<String> policies,
      List<String> nonces,
      Map<String, String> others) {
    /** Copies the lists and maps. */
    public Submodule {
      vector = Map.copyOf(vector);
      policies = List.copyOf(policies);
      nonces = List.copyOf(nonces);
      others = Map.copyOf(others);
    }
  }

  /** A tier of trustworthiness (draft-ietf-rats-ar4si, section 3.2). */
  public enum Tier {
    /** Nothing is claimed. */
    NONE(0),
    /** Trustworthy. */
    AFFIRMING(2),
    /** Trustworthy with reservations. */
    WARNING(32),
    /** Not trustworthy. */
    CONTRAINDICATED(96);

    private final int number;

    Tier(int number) {
      this.number = number;
    }

    /** Its number in a CWT; its name in lower case is its word in a JWT. */
    public int number() {
      return number;
    }
  }

  /** An aspect of trustworthiness (draft-ietf-rats-ar4si, section 3.1). */
  public enum Aspect {
    /** Whether it is the instance that it says it is. */
    INSTANCE_IDENTITY(0),
    /** Whether it is configured as it should be. */
    CONFIGURATION(1),
    /** Whether what was loaded is known and good. */
    EXECUTABLES(2),
    /** Whether the file system is as it should be. */
    FILE_SYSTEM(3),
    /** Whether the hardware and firmware are genuine and current. */
    HARDWARE(4),
    /** Whether memory cannot be read from outside. */
    RUNTIME_OPAQUE(5),
    /** Whether storage cannot be read from outside. */
    STORAGE_OPAQUE(6),
    /** Whether the data that it relies on comes from trustworthy sources. */
    SOURCED_DATA(7);

    private final int number;

    Aspect(int number) {
      this.number = number;
    }

    /** Its number in a CWT; its name in lower case, with hyphens, is its name in a JWT. */
    public int number() {
      return number;
    }
  }
}
