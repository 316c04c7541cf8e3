package dev.holdfast.pam.forecast.series;

/**
 * What is usual at each time of the day (UTC): a mean over quarters of an hour and a slowly falling
 * peak over ten minutes. A new day moves them by a fifth.
 */
final class DayProfile {
  static final int DAY_SECONDS = 86_400;
  private static final int MEAN_SECONDS = 300;
  private static final int HIGH_SECONDS = 300;
  private static final double DAY_RATE = 0.2;

  private final short[] means = new short[DAY_SECONDS / MEAN_SECONDS];
  private final short[] highs = new short[DAY_SECONDS / HIGH_SECONDS];
  private float unit = 0x1p-20f;
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
    while (amount > 32_768 * unit) {
      rescale();
    }
    float share = (float) (amount / unit);
    boolean first = seconds < DAY_SECONDS;
    seconds = (int) Math.min(1 << 30, (long) seconds + step);
    int from = second - step / 2;
    // Steps shorter than a slot share the rate of a day among them.
    double meanRate = DAY_RATE * Math.min(1, (double) step / MEAN_SECONDS);
    for (int at = from; at < from + step; at += MEAN_SECONDS) {
      int slot = slot(at, MEAN_SECONDS);
      float old = Float.float16ToFloat(means[slot]);
      double rate = first ? Math.min(1, (double) step / MEAN_SECONDS) : meanRate;
      means[slot] = half(first && old == 0 ? share : old + rate * (share - old));
    }
    double highRate = DAY_RATE * Math.min(1, (double) step / HIGH_SECONDS);
    for (int at = from; at < from + step; at += HIGH_SECONDS) {
      int slot = slot(at, HIGH_SECONDS);
      float old = Float.float16ToFloat(highs[slot]);
      highs[slot] = half(Math.max(share, old + highRate * (share - old)));
    }
  }

  private void rescale() {
    unit *= 2;
    for (int i = 0; i < means.length; i++) {
      means[i] = half(Float.float16ToFloat(means[i]) / 2);
    }
    for (int i = 0; i < highs.length; i++) {
      highs[i] = half(Float.float16ToFloat(highs[i]) / 2);
    }
  }

  /** The usual mean at a second of the day; seconds outside of the day wrap round. */
  double mean(int second) {
    return Float.float16ToFloat(means[slot(second, MEAN_SECONDS)]) * unit;
  }

  /** The usual peak at a second of the day. */
  double high(int second) {
    return Float.float16ToFloat(highs[slot(second, HIGH_SECONDS)]) * unit;
  }

  /** The mean over an hour around a second of the day. */
  double hourMean(int second) {
    double sum = 0;
    for (int quarter = -2; quarter <= 2; quarter++) {
      sum += mean(second + quarter * MEAN_SECONDS);
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

  private static short half(double value) {
    return Float.floatToFloat16((float) value);
  }
}
