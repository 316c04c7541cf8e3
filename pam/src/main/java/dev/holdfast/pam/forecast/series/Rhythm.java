package dev.holdfast.pam.forecast.series;

/**
 * The lag at which a series is most like itself.
 *
 * @param steps the lag, 3 to 144; 0 where no lag stands out
 * @param strength the autocorrelation there, 0.1 to 1
 */
record Rhythm(int steps, double strength) {
  private static final int LONGEST = 144;
  private static final double STRENGTH_MIN = 0.1;

  /** A longer lag must be better by this much. */
  private static final double BETTER = 1.05;

  /** The rhythm of some amounts, in any direction of time; those above the cap count as the cap. */
  static Rhythm of(float[] amounts, double cap) {
    int count = amounts.length;
    double[] off = new double[count];
    double mean = 0;
    for (int i = 0; i < count; i++) {
      off[i] = Math.min(amounts[i], cap);
      mean += off[i];
    }
    mean /= count;
    double variance = 0;
    for (int i = 0; i < count; i++) {
      off[i] -= mean;
      variance += off[i] * off[i];
    }
    if (variance <= 0) {
      return new Rhythm(0, 0);
    }
    double[] likeness = new double[LONGEST + 2];
    for (int lag = 2; lag < likeness.length; lag++) {
      double sum = 0;
      for (int i = 0; i + lag < count; i++) {
        sum += off[i] * off[i + lag];
      }
      likeness[lag] = sum / variance * count / (count - lag);
    }
    Rhythm best = new Rhythm(0, STRENGTH_MIN);
    for (int lag = 3; lag <= LONGEST; lag++) {
      boolean summit = likeness[lag] > likeness[lag - 1] && likeness[lag] >= likeness[lag + 1];
      double needed = best.steps == 0 ? STRENGTH_MIN : BETTER * best.strength;
      if (summit && likeness[lag] > needed) {
        best = new Rhythm(lag, Math.min(1, likeness[lag]));
      }
    }
    return best;
  }
}
