package dev.holdfast.pam.control;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ResourceVector;
import java.time.Duration;

/**
 * How holds are adjusted to what is used.
 *
 * @param enabled whether they are
 * @param period how often, 1 second to 10 minutes
 * @param targetRatio the share of a hold that should be in use, above 0 to 1
 * @param gains the controller's weights
 * @param stepRatioMax the largest step, as a share of the hold, above 0 to 1
 * @param hysteresisRatio the smallest step worth making, as a share of the hold, 0 to 1
 * @param reattestRatio the change since the last attestation, as a share of the hold then, from
 *     which the pathway is attested first; above 0 to 10
 * @param minimum what is left of each resource however little is used
 */
public record ControlRules(
    boolean enabled,
    Duration period,
    double targetRatio,
    Gains gains,
    double stepRatioMax,
    double hysteresisRatio,
    double reattestRatio,
    ResourceVector minimum) {
  private static final Duration PERIOD_MIN = Duration.ofSeconds(1);
  private static final Duration PERIOD_MAX = Duration.ofMinutes(10);

  /** Off, and moderate once it is turned on. */
  public static final ControlRules DEFAULT =
      new ControlRules(
          false, Duration.ofSeconds(15), 0.8, Gains.DEFAULT, 0.1, 0.05, 0.5, ResourceVector.ZERO);

  /** Refuses what is out of range. */
  public ControlRules {
    if (period.compareTo(PERIOD_MIN) < 0 || period.compareTo(PERIOD_MAX) > 0) {
      throw new Refusal(
          new Problem.Amount("period", "1 second to 10 minutes", period.toString()));
    }
    checkAboveZero("target_ratio", targetRatio, 1);
    checkAboveZero("step_ratio_max", stepRatioMax, 1);
    checkAboveZero("reattest_ratio", reattestRatio, 10);
    if (!(hysteresisRatio >= 0 && hysteresisRatio <= 1)) {
      throw new Refusal(
          new Problem.Amount("hysteresis_ratio", "0 to 1", Double.toString(hysteresisRatio)));
    }
  }

  private static void checkAboveZero(String field, double ratio, int max) {
    if (!(ratio > 0 && ratio <= max)) {
      throw new Refusal(
          new Problem.Amount(field, "above 0 to " + max, Double.toString(ratio)));
    }
  }
}
