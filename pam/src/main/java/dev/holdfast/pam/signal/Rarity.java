package dev.holdfast.pam.signal;

import java.util.Arrays;

/**
 * How rare numbers are among those before them, in decades: 2 is what happens once in a hundred.
 *
 * <p>Up to the largest twentieth it is the rank that tells. Above, where there are too few to
 * count, a generalised Pareto distribution does that is fitted to the largest twentieth by
 * probability-weighted moments (Hosking and Wallis, 1987), with a shape of 0 (an exponential tail)
 * to {@link #SHAPE_MAX}: by how much a record is broken counts by how much records are usually
 * broken. It remembers the latest numbers only, so it gets used to what lasts.
 */
final class Rarity {
  /** The heaviest tail: heavier ones have no finite variance, and nothing would be rare. */
  private static final double SHAPE_MAX = 0.6;

  /** Of those remembered, one in this many belongs to the tail. */
  private static final int TAIL_SHARE = 20;

  /** The fewest numbers that a tail is fitted to. */
  private static final int TAIL_MIN = 10;

  /** With fewer numbers than these nothing is rare. */
  private static final int COUNT_MIN = 32;

  private final double[] inOrder;
  private final double[] sorted;
  private int count;
  private int next;

  /** One that remembers the latest numbers, at least 32. */
  Rarity(int memory) {
    inOrder = new double[memory];
    sorted = new double[memory];
  }

  /** How rare it is that a number is at least as large as this, in decades, 0 or more. */
  double of(double number) {
    if (count < COUNT_MIN) {
      return 0;
    }
    int tail = Math.max(TAIL_MIN, count / TAIL_SHARE);
    double border = sorted[count - 1 - tail];
    return number > border
        ? beyond(number - border, tail)
        : Math.log10((count + 1.0) / (count - below(number) + 1.0));
  }

  /** The rarity of what lies above the border that a tail begins at. */
  private double beyond(double excess, int tail) {
    double border = sorted[count - 1 - tail];
    double mean = 0;
    double weighted = 0;
    for (int i = 0; i < tail; i++) {
      double above = sorted[count - tail + i] - border;
      mean += above / tail;
      weighted += above * (tail - 1 - i) / (tail - 1) / tail;
    }
    if (mean <= 0) {
      // All of the tail is one number: this one is larger than any, and more is not known.
      return Math.log10(count + 1.0);
    }
    double spread = mean - 2 * weighted;
    double shape = spread <= 0 ? SHAPE_MAX : Math.clamp(2 - mean / spread, 0, SHAPE_MAX);
    double reach = excess / (mean * (1 - shape));
    double nats = shape < 1e-6 ? reach : Math.log1p(shape * reach) / shape;
    return nats / Math.log(10) + Math.log10((count + 1.0) / (tail + 1.0));
  }

  /** Remembers one more, and forgets the oldest where there is no room. */
  void add(double number) {
    if (count == inOrder.length) {
      int oldest = Arrays.binarySearch(sorted, 0, count, inOrder[next]);
      count--;
      System.arraycopy(sorted, oldest + 1, sorted, oldest, count - oldest);
    }
    int place = below(number);
    System.arraycopy(sorted, place, sorted, place + 1, count - place);
    sorted[place] = number;
    count++;
    inOrder[next] = number;
    next = (next + 1) % inOrder.length;
  }

  /** How many are smaller. */
  private int below(double number) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
