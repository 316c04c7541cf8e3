package dev.holdfast.pam.model;

/** A quantile of demand that forecasts are made for. */
public enum Quantile {
  /** The median. */
  P50(0.50),
  /** Exceeded one time in ten. */
  P90(0.90),
  /** Exceeded one time in twenty. */
  P95(0.95),
  /** Exceeded one time in a hundred. */
  P99(0.99);

  private final double probability;

  Quantile(double probability) {
    this.probability = probability;
  }

  /** The probability of not being exceeded, above 0 and below 1. */
  public double probability() {
    return probability;
  }
}
