package dev.holdfast.pam.forecast.evaluation;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one workload really used, on an even grid.
 *
 * @param id which it is
 * @param start when its first step starts, in seconds of the epoch
 * @param step the length of a step in seconds
 * @param amounts for each resource, one amount for each step: at least 0, NaN where none was
 *     sampled
 * @param provisioned for some resources, what it could have used at most in each step, likewise
 */
public record Trace(
    String id,
    long start,
    int step,
    SortedMap<String, double[]> amounts,
    SortedMap<String, double[]> provisioned) {
  /** Copies the maps; the arrays stay the caller's, and are not changed. */
  public Trace {
    amounts = Collections.unmodifiableSortedMap(new TreeMap<>(amounts));
    provisioned = Collections.unmodifiableSortedMap(new TreeMap<>(provisioned));
  }

  /** One of which it is not known what was provisioned. */
  public Trace(String id, long start, int step, SortedMap<String, double[]> amounts) {
    this(id, start, step, amounts, Collections.emptySortedMap());
  }

  /** Steps of the longest resource. */
  public int length() {
    return amounts.values().stream().mapToInt(series -> series.length).max().orElse(0);
  }
}
