package dev.holdfast.pam.signal;

/**
 * How much rarer than usual something must be to raise another alarm, by what was raised before.
 *
 * <p>Who cries often is heard less: each alarm raises the bar by {@link #STEP}, and half of that is
 * gone when the series is a quarter longer. Right after an alarm, for a thirty-second part of what
 * was seen of the series, it is still the same alarm. Both are shares of the past because a series
 * of which little is known cannot be known to be quiet.
 */
final class Habituation {
  private static final double STEP = 0.4;
  private static final double HALF_LIFE = 0.25;
  private static final int REST_SHARE = 32;
  private static final int REST_MIN = 10;

  private double raised;
  private long last;
  private long restsUntil = -1;

  /** Whether an alarm now would be the last one over again. */
  boolean rests(long row) {
    return row <= restsUntil;
  }

  /** By how many decades the bar is raised, at a row that is counted from 1. */
  double raisedBy(long row) {
    return raised * Math.pow(0.5, (row - last) / (HALF_LIFE * row));
  }

  /** An alarm was raised. */
  void alarm(long row) {
    raised = raisedBy(row) + STEP;
    last = row;
    restsUntil = row + Math.max(REST_MIN, row / REST_SHARE);
  }
}
