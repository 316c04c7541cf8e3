package dev.holdfast.pam.forecast.series;

/**
 * What is usual at each time of the day (UTC): a mean over five minutes and a slowly falling peak
 * over ten. A new day moves them by a fifth.
 */
final class DayProfile {
  static final int DAY_SECONDS = 86_400;
  private static final int MEAN_SECONDS = 300;
  private static final int HIGH_SECONDS = 600;
  private static final double DAY_RATE = 0.2;

  /** Where the highs begin, after the means. */
  private static final int HIGHS = DAY_SECONDS / MEAN_SECONDS;

  private final AmountArray usual = new AmountArray(HIGHS + DAY_SECONDS / HIGH_SECONDS);
  private int seconds;

  /** Days seen, up to 255. */
  int days() {
    return Math.min(255, seconds / DAY_SECONDS);
  }

  /**
   * One step's amount.
   *
   * @param second the middle of the step, in seconds of the day
   * @param step its length in seconds
   */
  void fold(double amount, int second, int step) {
    boolean first = seconds < DAY_SECONDS;
    seconds = (int) Math.min(1 << 30, (long) seconds + step);
    int from = second - step / 2;
    // Steps shorter than a slot share the rate of a day among them.
    double meanRate = (first ? 1 : DAY_RATE) * Math.min(1, (double) step / MEAN_SECONDS);
    for (int at = from; at < from + step; at += MEAN_SECONDS) {
      int slot = slot(at, MEAN_SECONDS);
      double old = usual.get(slot);
      double moved = first && old == 0 ? amount : old + meanRate * (amount - old);
      usual.setOnAverage(slot, moved, seconds);
    }
    double highRate = DAY_RATE * Math.min(1, (double) step / HIGH_SECONDS);
    for (int at = from; at < from + step; at += HIGH_SECONDS) {
      int slot = HIGHS + slot(at, HIGH_SECONDS);
      double old = usual.get(slot);
      double moved = Math.max(amount, old + highRate * (amount - old));
      usual.setOnAverage(slot, moved, seconds);
    }
  }

  /** The usual mean at a second of the day; seconds outside of the day wrap round. */
  double mean(int second) {
    return usual.get(slot(second, MEAN_SECONDS));
  }

  /** The usual peak at a second of the day. */
  double high(int second) {
    return usual.get(HIGHS + slot(second, HIGH_SECONDS));
  }

  /** The mean within ten minutes of a second of the day. */
  double meanAround(int second) {
    double sum = 0;
    for (int slot = -2; slot <= 2; slot++) {
      sum += mean(second + slot * MEAN_SECONDS);
    }
    return sum / 5;
  }

  /** The peak within some seconds of a second of the day. */
  double highest(int second, int within) {
    double highest = 0;
    for (int off = -within; off <= within; off += HIGH_SECONDS) {
      highest = Math.max(highest, high(second + off));
    }
    return highest;
  }

  private static int slot(int second, int slotSeconds) {
    return Math.floorMod(second, DAY_SECONDS) / slotSeconds;
  }
}
