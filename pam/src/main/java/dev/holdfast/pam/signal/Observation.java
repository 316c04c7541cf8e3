package dev.holdfast.pam.signal;

import java.time.Instant;
import java.util.OptionalDouble;

/**
 * One value of a series.
 *
 * @param at when it was observed
 * @param value what was observed, in the unit of its series; of a size of at most {@link
 *     #VALUE_MAX}
 * @param forecast what a forecast gave as its median (p50), in the same unit and limits; empty
 *     where there is none
 */
public record Observation(Instant at, double value, OptionalDouble forecast) {
  /** The largest size of a value: differences and sums of such are finite. */
  public static final double VALUE_MAX = 1e300;

  /** Refuses what is no number, or too large. */
  public Observation {
    if (!within(value) || !within(forecast.orElse(0))) {
      throw new IllegalArgumentException("a value is a number of at most 1e300, not " + value);
    }
  }

  /** One without a forecast. */
  public Observation(Instant at, double value) {
    this(at, value, OptionalDouble.empty());
  }

  /** Whether a number is fit to be a value. */
  public static boolean within(double value) {
    return Math.abs(value) <= VALUE_MAX;
  }
}
