package dev.holdfast.pam.grant;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import java.time.Duration;

/**
 * How grants are issued.
 *
 * @param lifetime how long one lasts, 5 seconds to 1 hour, and never beyond the chain
 * @param safeLimitsRatio the share of its limits that a workload keeps when PAM is away, 0 to 1;
 *     for one more lifetime, and never beyond the chain
 */
public record GrantRules(Duration lifetime, double safeLimitsRatio) {
  private static final Duration LIFETIME_MIN = Duration.ofSeconds(5);
  private static final Duration LIFETIME_MAX = Duration.ofHours(1);

  /** A minute, and to stop when PAM is away. */
  public static final GrantRules DEFAULT = new GrantRules(Duration.ofMinutes(1), 0);

  /** Refuses what is out of range. */
  public GrantRules {
    if (lifetime.compareTo(LIFETIME_MIN) < 0 || lifetime.compareTo(LIFETIME_MAX) > 0) {
      throw new Refusal(
          new Problem.Amount("grant_lifetime", "5 seconds to 1 hour", lifetime.toString()));
    }
    if (!(safeLimitsRatio >= 0 && safeLimitsRatio <= 1)) {
      throw new Refusal(
          new Problem.Amount("safe_limits_ratio", "0 to 1", Double.toString(safeLimitsRatio)));
    }
  }
}
