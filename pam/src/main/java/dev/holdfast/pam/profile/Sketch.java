package dev.holdfast.pam.profile;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How often amounts of each size occurred: counts in buckets whose borders grow by 2 %, so that a
 * quantile read from it is at most 2 % above the true one (Masson, Rim, Lee: DDSketch, section
 * 2.1). Beyond {@link #BUCKETS_MAX} buckets every two neighbours become one, and the growth is
 * squared (Epicoco, Melle, Cafaro, Pulimeno, Morleo: UDDSketch, section 3): that is at most 4 %
 * where amounts span a factor of 130, 17 % over six orders of magnitude. In which order amounts
 * came makes no difference.
 *
 * <p>An amount that was capped is a lower bound: what was wanted is that much or more. Quantiles
 * are those of the product-limit estimate (Kaplan, Meier, 1958): the weight of a bound goes to the
 * amounts above it, and stays where it is if there are none.
 *
 * <p>Takes at most 1.3 kB, and less than half of that unless something was capped.
 */
public final class Sketch {
  /** The most buckets. */
  public static final int BUCKETS_MAX = 128;

  /** Nothing seen. */
  public static final Sketch EMPTY = new Sketch(0, new short[0], new int[0], new int[0]);

  private static final double GROWTH = Math.log(1.02);

  /** Counts are halved before they reach it, so that they fit. */
  private static final int COUNT_MAX = 1 << 30;

  private static final short ZERO = -1;

  private final int collapses;
  private final short[] buckets;
  private final int[] counts;
  private final int[] capped;

  /**
   * A sketch of these.
   *
   * @param collapses how often neighbours became one: borders grow by 1.02 to the power of 2 to it
   * @param buckets which buckets hold anything, rising; -1 is zero, i holds what is above border
   *     i-1 up to border i
   * @param counts for each bucket, all amounts
   * @param capped for each bucket, how many of those are bounds; empty where none is
   */
  private Sketch(int collapses, short[] buckets, int[] counts, int[] capped) {
    this.collapses = collapses;
    this.buckets = buckets;
    this.counts = counts;
    this.capped = capped;
  }

  /** With one more amount, at least 0. */
  public Sketch plus(long amount) {
    return plus(amount, false);
  }

  /** With one more lower bound of an amount, at least 0. */
  public Sketch plusAtLeast(long bound) {
    return plus(bound, true);
  }

  /** How many amounts and bounds were seen; half of them once they were a thousand million. */
  public long count() {
    return Arrays.stream(counts).asLongStream().sum();
  }

  /**
   * The amount that a share of those seen did not exceed; 0 if none was seen.
   *
   * @param probability 0 to 1
   */
  public long quantile(double probability) {
    double atRisk = count();
    double above = 1;
    int last = ZERO;
    for (int i = 0; i < buckets.length; i++) {
      last = buckets[i];
      int bounds = capped.length == 0 ? 0 : capped[i];
      above *= 1 - (counts[i] - bounds) / atRisk;
      atRisk -= counts[i];
      // Products of fractions come to the same as their count only within rounding.
      if (above <= 1 - probability + 1e-12) {
        break;
      }
    }
    return last == ZERO ? 0 : (long) Math.floor(Math.exp(last * growth()));
  }

  private double growth() {
    return GROWTH * (1 << collapses);
  }

  private Sketch plus(long amount, boolean bound) {
    if (amount < 0) {
      throw new IllegalArgumentException("an amount is at least 0, not " + amount);
    }
    int fine = (int) Math.ceil(Math.log((double) amount) / GROWTH);
    short bucket = amount == 0 ? ZERO : (short) Math.ceilDiv(fine, 1 << collapses);
    int at = Arrays.binarySearch(buckets, bucket);
    boolean known = at >= 0;
    int place = known ? at : -at - 1;
    short[] places = known ? buckets : inserted(buckets, place, bucket);
    int[] more = known ? counts.clone() : inserted(counts, place);
    int[] bounds = capped;
    if (bound && bounds.length == 0) {
      bounds = new int[places.length];
    } else if (bounds.length > 0) {
      bounds = known ? bounds.clone() : inserted(bounds, place);
    }
    more[place]++;
    if (bound) {
      bounds[place]++;
    }
    Sketch sketch = new Sketch(collapses, places, more, bounds);
    while (sketch.buckets.length > BUCKETS_MAX) {
      sketch = sketch.collapsed();
    }
    return more[place] < COUNT_MAX ? sketch : sketch.halved();
  }

  private Sketch collapsed() {
    short[] places = new short[buckets.length];
    int[] sums = new int[buckets.length];
    int[] bounds = new int[capped.length];
    int last = -1;
    for (int i = 0; i < buckets.length; i++) {
      short place = buckets[i] == ZERO ? ZERO : (short) Math.ceilDiv(buckets[i], 2);
      if (last < 0 || places[last] != place) {
        places[++last] = place;
      }
      sums[last] += counts[i];
      if (bounds.length > 0) {
        bounds[last] += capped[i];
      }
    }
    int length = last + 1;
    return new Sketch(
        collapses + 1,
        Arrays.copyOf(places, length),
        Arrays.copyOf(sums, length),
        bounds.length == 0 ? bounds : Arrays.copyOf(bounds, length));
  }

  /** What is rare is not forgotten: one stays one. */
  private Sketch halved() {
    int[] halves = Arrays.stream(counts).map(count -> (count + 1) / 2).toArray();
    int[] bounds = Arrays.stream(capped).map(count -> count / 2).toArray();
    return new Sketch(collapses, buckets, halves, bounds);
  }

  private static short[] inserted(short[] values, int place, short value) {
    short[] more = new short[values.length + 1];
    System.arraycopy(values, 0, more, 0, place);
    more[place] = value;
    System.arraycopy(values, place, more, place + 1, values.length - place);
    return more;
  }

  private static int[] inserted(int[] values, int place) {
    int[] more = new int[values.length + 1];
    System.arraycopy(values, 0, more, 0, place);
    System.arraycopy(values, place, more, place + 1, values.length - place);
    return more;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Sketch sketch
        && collapses == sketch.collapses
        && Arrays.equals(buckets, sketch.buckets)
        && Arrays.equals(counts, sketch.counts)
        && Arrays.equals(capped, sketch.capped);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(buckets) * 31 + Arrays.hashCode(counts);
  }

  @Override
  public String toString() {
    return count() + " in " + buckets.length + " buckets";
  }
}
