package dev.holdfast.pam.forecast.series;

import java.util.Arrays;

/**
 * Keeps the promise of the quantiles over all series of a resource: how far each is from the median
 * is widened whenever an outcome lies above it, and narrowed a little whenever not, so that in the
 * long run each holds as often as it says, whatever the distribution does.
 *
 * <p>Gibbs, Candès: Adaptive Conformal Inference under Distribution Shift (2021), with a factor on
 * the width in place of the level. Apart for each lead.
 */
public final class Calibration {
  private static final int QUANTILES = SeriesState.SHARES.length;
  private static final double PACE = 0.003;

  /** The first outcomes weigh more: this many of them move it at ten times the pace. */
  private static final int HASTY = 100;

  private static final double FACTOR_MIN = 0.3;
  private static final double FACTOR_MAX = 4;

  /** Of amounts that are alike, so much is lost where they are kept: a bound errs upwards. */
  private static final double ROUNDING = AmountArray.ERROR;

  private final Persistence persistence = new Persistence();
  private final Provision provision = new Provision();
  private final int[] outcomes = new int[Lead.values().length];
  private final double[] factors = new double[Lead.values().length * QUANTILES];

  /** Leaves quantiles as they are, until outcomes say otherwise. */
  public Calibration() {
    Arrays.fill(factors, 1);
  }

  /** How often amounts stay as they are. */
  Persistence persistence() {
    return persistence;
  }

  /** Moves quantiles to where they hold; they stay rising. */
  void move(Lead lead, double[] quantiles) {
    double median = quantiles[0];
    for (int q = 1; q < QUANTILES; q++) {
      double moved = median + factors[lead.index() * QUANTILES + q] * (quantiles[q] - median);
      quantiles[q] = Math.max(quantiles[q - 1], moved * (1 + ROUNDING));
    }
  }

  /** Learns what tails are like, from quantiles that were moved and whose outcome is awaited. */
  void note(Lead lead, double[] quantiles) {
    provision.note(lead, quantiles);
  }

  /** What to hold for quantiles that were moved, at least their p95. */
  double hold(Lead lead, double[] quantiles) {
    return provision.hold(lead, quantiles);
  }

  /** Learns from an outcome of quantiles that were moved by this. */
  void observe(Lead lead, double[] quantiles, double amount) {
    double pace = PACE * (1 + 10.0 * HASTY / (HASTY + outcomes[lead.index()]++));
    for (int q = 1; q < QUANTILES; q++) {
      double above = amount > quantiles[q] * (1 + 1e-9) ? 1 : 0;
      int at = lead.index() * QUANTILES + q;
      double moved = factors[at] * Math.exp(pace * (above - (1 - SeriesState.SHARES[q])));
      factors[at] = Math.clamp(moved, FACTOR_MIN, FACTOR_MAX);
    }
    provision.observe(lead, quantiles[QUANTILES], amount);
  }
}
