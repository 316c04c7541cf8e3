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
}
