package dev.holdfast.pam.forecast.series;

/** Takes rows to train a model on, one after another: into memory, or into a file. */
public interface RowSink {
  /**
   * Takes what a series looks like now, and what was demanded some steps later.
   *
   * @param seen the series as it stands, from {@link SeriesFeatures#at}
   * @param unit its {@link SeriesState#unit}
   */
  void add(SeriesFeatures seen, double unit, int ahead, double amount);
}
