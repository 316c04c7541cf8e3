package dev.holdfast.pam.model;

/** A quantile of demand that forecasts are made for. */
public enum Quantile {
  /** The median. */
  P50(1, 0.50),
  /** Exceeded one time in ten. */
  P90(2, 0.90),
  /** Exceeded one time in twenty. */
  P95(3, 0.95),
  /** Exceeded one time in a hundred. */
  P99(4, 0.99);

  private final int number;
  private final double probability;

  Quantile(int number, double probability) {
    this.number = number;
    this.probability = probability;
  }

  /** The number on the wire, 1 to 4; models give quantiles in this order. */
  public int number() {
    return number;
  }

  /** The probability of not being exceeded, above 0 and below 1. */
  public double probability() {
    return probability;
  }

  /**
   * The pinball loss of a forecast, which is least in the mean where the forecast is this quantile:
   * at least 0, in the unit of the amounts (Koenker, Bassett: Regression Quantiles, 1978).
   */
  public double loss(double forecast, double outcome) {
    double off = outcome - forecast;
    return off >= 0 ? probability * off : (probability - 1) * off;
  }
}
