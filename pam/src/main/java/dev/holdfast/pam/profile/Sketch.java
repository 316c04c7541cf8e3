package dev.holdfast.pam.profile;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How often amounts of each size occurred: counts in buckets whose borders grow by 2 %, so that a
 * quantile read from it is at most 2 % above the true one (Masson, Rim, Lee: DDSketch, section 2.1).
 *
 * @param buckets counts by bucket; bucket 0 is zero, bucket i holds 1.02^(i-2) to 1.02^(i-1)
 * @param count all of them
 */
public record Sketch(SortedMap<Integer, Long> buckets, long count) {
  /** Nothing seen. */
  public static final Sketch EMPTY = new Sketch(new TreeMap<>(), 0);

  private static final double GROWTH = Math.log(1.02);

  /** Copies the counts. */
  public Sketch {
    buckets = Collections.unmodifiableSortedMap(new TreeMap<>(buckets));
    long sum = 0;
    for (long bucket : buckets.values()) {
      sum += bucket;
    }
    if (sum != count) {
      throw new IllegalArgumentException("buckets hold " + sum + " and not " + count);
    }
  }

  /** With one more amount, at least 0. */
  public Sketch plus(long amount) {
    int bucket = amount == 0 ? 0 : 1 + (int) Math.ceil(Math.log((double) amount) / GROWTH);
    TreeMap<Integer, Long> more = new TreeMap<>(buckets);
    more.merge(bucket, 1L, Long::sum);
    return new Sketch(more, count + 1);
  }

  /**
   * The amount that a share of those seen did not exceed; 0 if none was seen.
   *
   * @param probability 0 to 1
   */
  public long quantile(double probability) {
    long rank = (long) Math.ceil(probability * count);
    long seen = 0;
    int last = 0;
    for (Map.Entry<Integer, Long> bucket : buckets.entrySet()) {
      last = bucket.getKey();
      seen += bucket.getValue();
      if (seen >= rank) {
        break;
      }
    }
    return last == 0 ? 0 : (long) Math.floor(Math.exp((last - 1) * GROWTH));
  }
}
