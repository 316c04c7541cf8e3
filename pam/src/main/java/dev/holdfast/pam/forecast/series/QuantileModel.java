package dev.holdfast.pam.forecast.series;

/** Says of rows of features what is demanded then: the four quantiles, as it was trained to. */
public interface QuantileModel {
  /**
   * What it says of some rows: four numbers for each, p50, p90, p95 and p99, which may cross. Safe
   * for several threads.
   *
   * @param rows {@link SeriesFeatures#COUNT} numbers each, one after another; NaN for what is not
   *     known
   * @param count how many rows
   * @param into where it goes, one row after another
   */
  void say(float[] rows, int count, float[] into);
}
