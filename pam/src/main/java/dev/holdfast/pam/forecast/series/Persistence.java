package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.Quantile;

/**
 * How often an amount of one resource stays as it is: idle devices stay idle, and memory that is
 * held stays held, to the byte. No quantile that moves with an amount foresees that, so what is
 * foretold becomes a mixture of two: the amount itself, with the chance that it stays, and what was
 * foretold otherwise (a hurdle model: Cragg, Some Statistical Models for Limited Dependent
 * Variables, 1971).
 *
 * <p>The chance is learnt over all series, apart for each lead, for how long an amount has stayed
 * already, and for where it lies in what is foretold: a low one stays oftener than a peak does. The
 * far tail is left as it was foretold: what comes when an amount does not stay is rare and dear.
 * And a quantile is mixed only where that has done better of late: amounts that are whole numbers
 * are often alike, and mean nothing by it.
 */
final class Persistence {
  /** Amounts that differ by no more than this share are the same. */
  private static final double ALIKE = 1e-3;

  /** Where nothing is learnt or applied. */
  static final byte NOWHERE = -1;

  /** Steps that an amount has stayed, from which on the chance is another. */
  private static final double[] STEADY = {1, 4, 13};

  /** Shares of what is foretold below an amount, from which on the chance is another. */
  private static final double[] BELOW = {0.3, 0.9};

  /** Quantiles that are mixed. */
  private static final Quantile[] MIXED = {Quantile.P50, Quantile.P90, Quantile.P95};

  /** What is foretold is known at these shares, those below a half as far down as others are up. */
  private static final double[] SHARES = {0.01, 0.05, 0.1, 0.5, 0.9, 0.95, 0.99};

  /** The least width, as a share of the series' unit. */
  private static final double WIDTH_MIN = 0.01;

  private static final int MEDIAN = 3;
  private static final int CELLS_OF_LEAD = (STEADY.length + 1) * (BELOW.length + 1);

  /** Some thousands of outcomes are remembered. */
  private static final double FADE = 0.9998;

  /** Outcomes against it that each chance begins with. */
  private static final double DOUBT = 2;

  private final double[] stayed = new double[Lead.values().length * CELLS_OF_LEAD];
  private final double[] outcomes = new double[stayed.length];

  /**
   * By how much the mixture has foretold quantiles better than what it is made of, in widths of
   * that, so that a burst is not worth a thousand quiet steps.
   */
  private final double[] gains = new double[stayed.length * MIXED.length];

  static boolean alike(double one, double other) {
    return Math.abs(one - other) <= ALIKE * Math.max(one, other);
  }

  /**
   * Mixes what is foretold of a step with the amount of the last one, where that has done better.
   *
   * @param ahead steps from the last one, 1 or more
   * @param state the series
   * @param quantiles p50, p90, p95 and p99; they stay rising
   * @return what is learnt from the outcome by {@link #observe}
   */
  byte mix(int ahead, SeriesState state, double[] quantiles) {
    Lead lead = Lead.of(ahead);
    double[] amounts = distribution(quantiles);
    double below = below(amounts, state.last());
    int cell =
        lead.index() * CELLS_OF_LEAD
            + place(STEADY, state.steady()) * (BELOW.length + 1)
            + place(BELOW, below);
    double stays = Math.pow(chance(cell), (double) ahead / lead.steps());
    double before = 0;
    for (int q = 0; q < SeriesState.SHARES.length; q++) {
      if (q < MIXED.length && gains[cell * MIXED.length + q] > 0) {
        quantiles[q] = mixed(MIXED[q].probability(), stays, state.last(), below, amounts);
      }
      quantiles[q] = Math.max(before, quantiles[q]);
      before = quantiles[q];
    }
    return (byte) cell;
  }

  /**
   * Learns from an outcome whether the amount from before stayed, and whether it was better to
   * count on that.
   *
   * @param cell from {@link #mix}
   * @param quantiles as they are unmixed
   * @param unit what amounts of the series are measured in
   */
  void observe(byte cell, double before, double[] quantiles, double unit, double amount) {
    if (cell == NOWHERE) {
      return;
    }
    double[] amounts = distribution(quantiles);
    double below = below(amounts, before);
    double width = quantiles[MIXED.length - 1] - quantiles[0] + WIDTH_MIN * unit;
    for (int q = 0; q < MIXED.length; q++) {
      Quantile quantile = MIXED[q];
      double mixed = mixed(quantile.probability(), chance(cell), before, below, amounts);
      double gain = quantile.loss(quantiles[q], amount) - quantile.loss(mixed, amount);
      int at = cell * MIXED.length + q;
      gains[at] = gains[at] * FADE + gain / width;
    }
    stayed[cell] = stayed[cell] * FADE + (alike(before, amount) ? 1 : 0);
    outcomes[cell] = outcomes[cell] * FADE + 1;
  }

  private double chance(int cell) {
    return stayed[cell] / (outcomes[cell] + DOUBT);
  }

  /** A quantile of the mixture of an amount that may stay, and of what is foretold otherwise. */
  private static double mixed(
      double share, double stays, double amount, double below, double[] amounts) {
    double moves = 1 - stays;
    double before = share - moves * below;
    if (before <= 0) {
      return along(SHARES, amounts, share / moves);
    }
    if (before < stays) {
      return amount * (1 + ALIKE * (2 * before / stays - 1));
    }
    return along(SHARES, amounts, (share - stays) / moves);
  }

  /** Which share of what is foretold lies below an amount. */
  private static double below(double[] amounts, double amount) {
    return amount < amounts[0] ? 0 : along(amounts, SHARES, amount);
  }

  /** Amounts at {@link #SHARES}. */
  private static double[] distribution(double[] quantiles) {
    double[] amounts = new double[SHARES.length];
    for (int q = 0; q < SeriesState.SHARES.length; q++) {
      amounts[MEDIAN + q] = quantiles[q];
      amounts[MEDIAN - q] = Math.max(0, 2 * quantiles[0] - quantiles[q]);
    }
    return amounts;
  }

  /** How many of some rising bounds a number has reached. */
  private static int place(double[] bounds, double number) {
    int place = 0;
    while (place < bounds.length && number >= bounds[place]) {
      place++;
    }
    return place;
  }

  /** What a number of a rising row is in another, along straight lines between their ends. */
  private static double along(double[] row, double[] other, double number) {
    if (number < row[0]) {
      return other[0];
    }
    for (int i = 1; i < row.length; i++) {
      if (number <= row[i]) {
        double width = row[i] - row[i - 1];
        double part = width > 0 ? (number - row[i - 1]) / width : 1;
        return other[i - 1] + part * (other[i] - other[i - 1]);
      }
    }
    return other[other.length - 1];
  }
}
