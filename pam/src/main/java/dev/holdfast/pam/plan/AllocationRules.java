package dev.holdfast.pam.plan;

import dev.holdfast.pam.grant.GrantRules;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ResourceVector;
import java.time.Duration;
import java.util.Optional;

/**
 * How capacity is reserved.
 *
 * @param quantile the quantile of demand to hold; empty: as much as a forecast says to hold
 * @param defaultAmount what to hold for a workload that nothing is known of, not zero
 * @param intervalDefault how long a reservation lasts that does not say, 1 minute to 31 days
 * @param leadTime how long before demand is expected to provision for it, up to 1 hour
 * @param grants how grants are issued
 */
public record AllocationRules(
    Optional<Quantile> quantile,
    ResourceVector defaultAmount,
    Duration intervalDefault,
    Duration leadTime,
    GrantRules grants) {
  private static final Duration INTERVAL_MIN = Duration.ofMinutes(1);
  private static final Duration INTERVAL_MAX = Duration.ofDays(31);
  private static final Duration LEAD_MAX = Duration.ofHours(1);

  /** Refuses what is out of range. */
  public AllocationRules {
    if (defaultAmount.isZero()) {
      throw new Refusal(new Problem.Amount("default_amount", "more than zero", "0"));
    }
    if (intervalDefault.compareTo(INTERVAL_MIN) < 0
        || intervalDefault.compareTo(INTERVAL_MAX) > 0) {
      throw new Refusal(
          new Problem.Amount(
              "interval_default", "1 minute to 31 days", intervalDefault.toString()));
    }
    if (leadTime.isNegative() || leadTime.compareTo(LEAD_MAX) > 0) {
      throw new Refusal(new Problem.Amount("lead_time", "0 to 1 hour", leadTime.toString()));
    }
  }

  /** The defaults, with the default amount given: as forecasts say, 1 hour, 2 minutes ahead. */
  public static AllocationRules of(ResourceVector defaultAmount) {
    return new AllocationRules(
        Optional.empty(),
        defaultAmount,
        Duration.ofHours(1),
        Duration.ofMinutes(2),
        GrantRules.DEFAULT);
  }
}
