package dev.holdfast.pam.forecast;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import java.time.Duration;
import java.time.Instant;

/**
 * What to forecast.
 *
 * @param start when the first band starts
 * @param step the length of a band, 100 ms or more
 * @param steps how many, 1 to 2016
 */
public record Horizon(Instant start, Duration step, int steps) {
  private static final Duration STEP_MIN = Duration.ofMillis(100);

  /** Refuses what is out of range. */
  public Horizon {
    if (step.compareTo(STEP_MIN) < 0) {
      throw new Refusal(new Problem.Amount("step", "100 ms or more", step.toString()));
    }
    if (steps < 1 || steps > Forecast.BANDS_MAX) {
      throw new Refusal(
          new Problem.Amount("horizon / step", "1 to 2016", Integer.toString(steps)));
    }
  }

  /** A length of time in twelve bands. */
  public static Horizon of(Instant start, Duration length) {
    Duration twelfth = length.dividedBy(12);
    Duration step = twelfth.compareTo(STEP_MIN) < 0 ? STEP_MIN : twelfth;
    return new Horizon(start, step, 12);
  }
}
