package dev.holdfast.pam.signal;

/** Exponential smoothing: the forecast of a series that has no better one. */
final class Smoothing {
  /** The weight of the latest value. */
  private static final double WEIGHT = 0.2;

  private double level;
  private boolean begun;

  /** The value expected next; where nothing was seen, whatever comes. */
  double expected(double otherwise) {
    return begun ? level : otherwise;
  }

  void add(double value) {
    level = begun ? level + WEIGHT * (value - level) : value;
    begun = true;
  }
}
