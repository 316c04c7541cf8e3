package dev.holdfast.pam.forecast.series;

import java.util.Arrays;

/**
 * What models are trained to say: how {@code log(1 + SPREAD · amount / unit)} differs from that of
 * smoothing's median. There, a factor weighs the same in small and in large amounts, and quantiles
 * pass through any rising function unchanged.
 */
final class Labels {
  private static final int QUANTILES = SeriesState.SHARES.length;

  /** Amounts below the unit's twentieth are near enough to nothing. */
  private static final double SPREAD = 20;

  /** Nothing is learnt from more than this many units: no series has seen the like before. */
  private static final double MULTIPLE_MAX = 100;

  private Labels() {}

  /** What a model is trained to say of an amount. */
  static float of(double amount, double anchor, double unit) {
    double multiple = Math.min(amount / unit, MULTIPLE_MAX);
    return (float) (Math.log1p(SPREAD * multiple) - Math.log1p(SPREAD * anchor / unit));
  }

  /** The amount that a model speaks of. */
  static double amount(double label, double anchor, double unit) {
    double whole = label + Math.log1p(SPREAD * anchor / unit);
    return unit * Math.clamp(Math.expm1(whole) / SPREAD, 0, MULTIPLE_MAX);
  }

  /** Rising amounts from what a model {@link QuantileModel#say says} of one row. */
  static void amounts(
      float[] labels, int row, double anchor, double unit, double[] into, int offset) {
    for (int q = 0; q < QUANTILES; q++) {
      into[offset + q] = amount(labels[row * QUANTILES + q], anchor, unit);
    }
    // Each quantile is learnt by itself, so they may cross.
    Arrays.sort(into, offset, offset + QUANTILES);
  }
}
