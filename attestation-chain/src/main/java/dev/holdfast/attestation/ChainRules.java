package dev.holdfast.attestation;

import java.time.Duration;
import java.util.Map;

/**
 * What a policy asks of a chain as a whole.
 *
 * @param verdictMaxByRole the roles that a pathway must have, and the worst verdict acceptable of
 *     each
 * @param clockSkewMax how far an appraisal may lie in the future; 0 to 5 minutes
 */
public record ChainRules(Map<Role, Verdict> verdictMaxByRole, Duration clockSkewMax) {
  /** Widest clock skew that may be allowed. */
  public static final Duration CLOCK_SKEW_LIMIT = Duration.ofMinutes(5);

  /** Refuses a skew out of range. */
  public ChainRules {
    verdictMaxByRole = Map.copyOf(verdictMaxByRole);
    if (clockSkewMax.isNegative() || clockSkewMax.compareTo(CLOCK_SKEW_LIMIT) > 0) {
      throw new IllegalArgumentException("the clock skew allowed lies between 0 and 5 minutes");
    }
  }
}
