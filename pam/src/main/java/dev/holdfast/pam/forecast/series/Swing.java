package dev.holdfast.pam.forecast.series;

/**
 * How far single samples swing above what is foretold of their step, whose amount is a mean over
 * all of it: what to add to each quantile so that it holds for samples too. It rises with every
 * sample above, and falls a little with every other, as a stochastic approximation of the quantile
 * does (Robbins, Monro: A Stochastic Approximation Method, 1951).
 */
public final class Swing {
  private static final double PACE = 0.05;

  // As multiples of the series' unit; the median is left as it is.
  private final float[] added = new float[SeriesState.SHARES.length];

  /**
   * Learns from a sample.
   *
   * @param foretold p50, p90, p95 and p99 of its step, without what is added
   * @param unit the series' {@link SeriesState#unit}
   */
  public void observe(double[] foretold, double unit, double sample) {
    for (int q = 1; q < added.length; q++) {
      boolean above = sample > foretold[q] + added[q] * unit;
      double push = above ? SeriesState.SHARES[q] : SeriesState.SHARES[q] - 1;
      added[q] = (float) Math.max(0, added[q] + PACE * push);
    }
  }

  /**
   * What is foretold of a step, for the samples in it: quantiles that rise, and then what to hold.
   *
   * @param foretold as {@link SeriesForecast#quantiles} gives it
   */
  public double[] over(double[] foretold, double unit) {
    double[] swung = new double[TrackedSeries.SAID];
    double before = 0;
    for (int q = 0; q < added.length; q++) {
      before = Math.max(before, foretold[q] + added[q] * unit);
      swung[q] = before;
    }
    swung[added.length] = foretold[added.length] + added[added.length - 1] * unit;
    return swung;
  }
}
