package dev.holdfast.pam.control;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;

/**
 * The weights of a PID controller.
 *
 * @param proportional weight of the error, 0 to 10
 * @param integral weight of its integral, per second, 0 to 1
 * @param derivative weight of its change, in seconds, 0 to 100
 */
public record Gains(double proportional, double integral, double derivative) {
  /** What suits most workloads. */
  public static final Gains DEFAULT = new Gains(0.5, 0.01, 0);

  /** Refuses what is out of range. */
  public Gains {
    check("proportional_gain", proportional, 10);
    check("integral_gain", integral, 1);
    check("derivative_gain", derivative, 100);
  }

  private static void check(String field, double gain, int max) {
    if (!(gain >= 0 && gain <= max)) {
      throw new Refusal(new Problem.Amount(field, "0 to " + max, Double.toString(gain)));
    }
  }
}
