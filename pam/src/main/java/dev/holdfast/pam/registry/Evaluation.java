package dev.holdfast.pam.registry;

import dev.holdfast.pam.profile.Coverage;

/**
 * How a model did on held-out samples of one resource.
 *
 * @param outcomes samples forecast
 * @param scaledPinballLoss mean pinball loss over the four quantiles, divided by that of repeating
 *     the last value: lower is better, and 1 is no better than that; finite, at least 0
 * @param coverage how often each quantile held, over the same samples
 */
public record Evaluation(long outcomes, double scaledPinballLoss, Coverage coverage) {
  /** From so many outcomes on, a figure decides anything. */
  public static final long OUTCOMES_MIN = 200;

  /** By this share a loss must be lower to be better, and not by chance. */
  public static final double MARGIN = 0.01;

  /** Of a model that could be asked about nothing: better than nothing. */
  public static final Evaluation NONE = new Evaluation(0, 1, Coverage.NONE);

  /** Refuses what contradicts itself. */
  public Evaluation {
    if (!(scaledPinballLoss >= 0) || !Double.isFinite(scaledPinballLoss)) {
      throw new IllegalArgumentException("a loss is finite and at least 0");
    }
    if (outcomes < 0 || coverage.outcomes() != outcomes) {
      throw new IllegalArgumentException(
          outcomes + " outcomes, and coverage counts " + coverage.outcomes());
    }
  }

  /** Whether it is better than one of the same samples, by more than chance. */
  public boolean betterThan(Evaluation other) {
    return outcomes >= OUTCOMES_MIN && scaledPinballLoss < other.scaledPinballLoss() * (1 - MARGIN);
  }

  /** Whether it is better than repeating the last value: what a first model must be. */
  public boolean betterThanRepeating() {
    return outcomes >= OUTCOMES_MIN && scaledPinballLoss < 1 - MARGIN;
  }
}
