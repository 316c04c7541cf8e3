package dev.holdfast.pam.forecast.series;

/** What the numbers of a column of {@link SeriesFeatures} are. */
public enum FeatureUnit {
  /** Amounts; in a row, as multiples of the series' {@link SeriesState#unit unit}. */
  AMOUNT(1),
  /** Logarithms of one more than an amount. */
  LOG_AMOUNT(1),
  /** Steps. */
  STEPS(2),
  /** Days. */
  DAYS(3),
  /** A count. */
  COUNT(4),
  /** A share of one. */
  SHARE(5),
  /** Minutes. */
  MINUTES(6),
  /** Days of the week, 1 for Monday to 7. */
  WEEKDAY(7),
  /** Part of a time of the day; read as minutes since midnight, UTC. */
  TIME_OF_DAY(8),
  /** How many times as much. */
  MULTIPLE(9),
  /** Names, by numbers of their own that say nothing else. */
  NAME(10);

  private final int number;

  FeatureUnit(int number) {
    this.number = number;
  }

  /** The number on the wire, 1 to 10: a logarithm is read as the amount that it is of. */
  public int number() {
    return number;
  }
}
