package dev.holdfast.pam.forecast.series;

/**
 * How far outcomes fell from a forecast, as a histogram over signed, logarithmic bins: the latest
 * one to two thousand count, as all counts are halved when they are two thousand.
 */
final class ResidualSketch {
  private static final int BELOW = 20;
  private static final int ABOVE = 27;
  private static final int BINS = BELOW + 1 + ABOVE;
  private static final int TOTAL_MAX = 2000;
  private static final double NEAR = 1e-3;
  private static final double RATIO = 1.5;
  private static final double LOG_RATIO = Math.log(RATIO);

  private final short[] counts = new short[BINS];
  private int total;

  int total() {
    return total;
  }

  /** Counts one residual, as a share of the series' unit. */
  void add(double residual) {
    counts[bin(residual)]++;
    if (++total >= TOTAL_MAX) {
      total = 0;
      for (int i = 0; i < BINS; i++) {
        counts[i] = (short) ((counts[i] + 1) / 2);
        total += counts[i];
      }
    }
  }

  private static int bin(double residual) {
    double size = Math.abs(residual);
    if (size <= NEAR) {
      return BELOW;
    }
    int step = (int) Math.ceil(Math.log(size / NEAR) / LOG_RATIO);
    return residual < 0 ? BELOW - Math.min(step, BELOW) : BELOW + Math.min(step, ABOVE);
  }

  /** The residual that a share of them stays at or below; 0 where none is known. */
  double quantile(double share) {
    if (total == 0) {
      return 0;
    }
    double rank = Math.min(total, share * (total + 1));
    int below = 0;
    for (int i = 0; i < BINS; i++) {
      if (below + counts[i] >= rank && counts[i] > 0) {
        if (i == BELOW) {
          return 0;
        }
        double inside = Math.clamp((rank - below) / counts[i], 0, 1);
        double low = edge(i - 1);
        return low + inside * (edge(i) - low);
      }
      below += counts[i];
    }
    return edge(BINS - 1);
  }

  /** The upper edge of a bin. */
  private static double edge(int bin) {
    return bin < BELOW
        ? -NEAR * Math.pow(RATIO, BELOW - 1 - bin)
        : NEAR * Math.pow(RATIO, bin - BELOW);
  }
}
