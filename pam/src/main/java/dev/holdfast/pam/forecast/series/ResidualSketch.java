package dev.holdfast.pam.forecast.series;

/**
 * How far outcomes fell from forecasts, apart for every lead, as histograms over signed,
 * logarithmic bins: the latest one to two thousand count, as all counts are halved after every
 * thousand.
 *
 * <p>A count has a byte: below 64 it is exact, beyond it has six significant bits and grows by
 * chance (Morris: Counting large numbers of events in small registers, 1978).
 */
final class ResidualSketch {
  private static final int BELOW = 12;
  private static final int ABOVE = 16;
  private static final int BINS = BELOW + 1 + ABOVE;
  private static final int HALVED = 1000;
  private static final int EXACT = 32;
  private static final double NEAR = 1e-3;
  private static final double RATIO = 2;
  private static final double LOG_RATIO = Math.log(RATIO);

  /** The upper edges of the bins. */
  private static final double[] EDGES = new double[BINS];

  static {
    for (int bin = 0; bin < BINS; bin++) {
      int far = bin < BELOW ? BELOW - 1 - bin : bin - BELOW;
      EDGES[bin] = (bin < BELOW ? -NEAR : NEAR) * Math.pow(RATIO, far);
    }
  }

  private final byte[] counts = new byte[Lead.values().length * BINS];

  /**
   * Counts one residual, as a share of the series' unit.
   *
   * @param number how many were counted before it
   */
  void add(Lead lead, double residual, int number) {
    int from = lead.index() * BINS;
    int at = from + bin(residual);
    int count = Byte.toUnsignedInt(counts[at]);
    if (ShortAmount.chance(number) * (1 << exponent(count)) < 1) {
      counts[at]++;
    }
    if (number >= HALVED && (number + 1) % HALVED == 0) {
      for (int i = from; i < from + BINS; i++) {
        int whole = Byte.toUnsignedInt(counts[i]);
        counts[i] = (byte) (whole < 2 * EXACT ? (whole + 1) / 2 : whole - EXACT);
      }
    }
  }

  private static int exponent(int count) {
    return Math.max(0, count / EXACT - 1);
  }

  private int count(int at) {
    int count = Byte.toUnsignedInt(counts[at]);
    return count < EXACT ? count : (EXACT + count % EXACT) << exponent(count);
  }

  private static int bin(double residual) {
    double size = Math.abs(residual);
    if (size <= NEAR) {
      return BELOW;
    }
    int step = (int) Math.ceil(Math.log(size / NEAR) / LOG_RATIO);
    return residual < 0 ? BELOW - Math.min(step, BELOW) : BELOW + Math.min(step, ABOVE);
  }

  /**
   * The residuals that shares of them stay at or below; 0 where none is known.
   *
   * @param shares rising
   */
  void quantiles(Lead lead, double[] shares, double[] into) {
    int from = lead.index() * BINS;
    int total = 0;
    for (int i = from; i < from + BINS; i++) {
      total += count(i);
    }
    int bin = 0;
    int above = total;
    for (int q = 0; q < shares.length; q++) {
      double left = total - Math.min(total, shares[q] * (total + 1));
      while (bin < BINS - 1 && above - count(from + bin) > left) {
        above -= count(from + bin++);
      }
      into[q] = total == 0 ? 0 : inside(bin, above, left, above - count(from + bin));
    }
  }

  /**
   * Where in a bin so many are left above: between its edges the tail falls as an exponential one.
   *
   * @param first how many are in it or above
   * @param last how many are above it
   */
  private static double inside(int bin, int first, double left, int last) {
    if (bin == BELOW) {
      return 0;
    }
    double low = bin == 0 ? RATIO * EDGES[0] : EDGES[bin - 1];
    double share = Math.log((first + 0.5) / (left + 0.5)) / Math.log((first + 0.5) / (last + 0.5));
    return low + Math.clamp(share, 0, 1) * (EDGES[bin] - low);
  }
}
