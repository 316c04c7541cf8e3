package dev.holdfast.attestation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What verifying one statement by itself came to, whatever its format. */
public sealed interface Outcome {
  /**
   * Signed, and as expected.
   *
   * @param claims what it proves
   * @param notAfter when the first certificate, revocation list or other item that the proof rests
   *     on ends; empty if it rests on none
   */
  record Proven(List<Claim> claims, Optional<Instant> notAfter) implements Outcome {
    /** Copies the list. */
    public Proven {
      claims = List.copyOf(claims);
    }
  }

  /**
   * Not believed.
   *
   * @param findings why: at least one, all of the stage that verification reached
   */
  record Refused(List<Finding> findings) implements Outcome {
    /** Copies the list. */
    public Refused {
      if (findings.isEmpty()) {
        throw new IllegalArgumentException("a refusal says why");
      }
      findings = List.copyOf(findings);
    }

    /** For one reason. */
    public Refused(Finding finding) {
      this(List.of(finding));
    }
  }
}
