package dev.holdfast.pam.forecast.series;

/** What columns of {@link SeriesFeatures} have in common: they say much the same. */
public enum FeatureGroup {
  /** The latest amounts, and means over the last steps. */
  LATELY(1),
  /** Whether amounts rose or fell. */
  TREND(2),
  /** How far amounts lie from one another. */
  VARIATION(3),
  /** How high amounts went. */
  HIGHS(4),
  /** Peaks, and the time between them. */
  PEAKS(5),
  /** What is usual at that time of the day. */
  TIME_OF_DAY(6),
  /** What was used at that time of the day before. */
  DAY_BEFORE(7),
  /** What was used at that minute of the hours before. */
  PAST_HOURS(8),
  /** What was used one rhythm before, where amounts repeat themselves. */
  RHYTHM(9),
  /** What was used of other resources. */
  COMPANIONS(10),
  /** What smoothing says. */
  SMOOTHING(11),
  /** The time and the day of the week as such. */
  CALENDAR(12),
  /** How large the series is, and how well it is known. */
  SERIES(13),
  /** How far ahead the step is. */
  AHEAD(14),
  /** Production inputs, calls of the workload's API, and what hardware counted. */
  CIRCUMSTANCES(15),
  /** The type of the workload, and how specific its profile is. */
  KIND(16);

  private final int number;

  FeatureGroup(int number) {
    this.number = number;
  }

  /** The number on the wire, 1 to 16. */
  public int number() {
    return number;
  }
}
