package dev.holdfast.server.learn.model;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one workload used, on a grid of five minutes.
 *
 * @param start when its first step starts, in seconds of the epoch
 * @param steps how many there are
 * @param amounts for each resource of which any was used, one amount for each step; NaN where none
 *     was sampled; not to be changed
 */
record DemandTrace(long start, int steps, Map<Resource, double[]> amounts) {
  /** The length of a step in seconds. */
  static final int STEP = 300;

  /** The fewest steps that anything is learnt from. */
  static final int STEPS_MIN = 24;

  /**
   * What the runs of one workload used, as far as agents metered it or it was imported: of several
   * at once, the one that used most. Empty where there is nothing of the kind.
   *
   * @param buckets of five minutes
   */
  static Optional<DemandTrace> of(List<UsageSample> buckets) {
    List<UsageSample> own = buckets.stream().filter(DemandTrace::tellsDemand).toList();
    return own.isEmpty() ? Optional.empty() : Optional.of(trace(own));
  }

  private static boolean tellsDemand(UsageSample bucket) {
    return bucket.subject().contains("/grants/") || bucket.subject().contains("/usageImports/");
  }

  private static DemandTrace trace(List<UsageSample> buckets) {
    long first = end(buckets.getFirst());
    long last = first;
    for (UsageSample bucket : buckets) {
      first = Math.min(first, end(bucket));
      last = Math.max(last, end(bucket));
    }
    int steps = Math.toIntExact((last - first) / STEP + 1);
    Map<Resource, double[]> amounts = new EnumMap<>(Resource.class);
    for (UsageSample bucket : buckets) {
      for (Resource resource : bucket.usage().present()) {
        amounts.computeIfAbsent(resource, _ -> unknown(steps));
      }
    }
    for (UsageSample bucket : buckets) {
      int step = (int) ((end(bucket) - first) / STEP);
      amounts.forEach(
          (resource, row) -> {
            double used = bucket.usage().get(resource);
            row[step] = Double.isNaN(row[step]) ? used : Math.max(row[step], used);
          });
    }
    return new DemandTrace(first - STEP, steps, Collections.unmodifiableMap(amounts));
  }

  private static double[] unknown(int steps) {
    double[] row = new double[steps];
    Arrays.fill(row, Double.NaN);
    return row;
  }

  private static long end(UsageSample bucket) {
    return Math.ceilDiv(bucket.endedAt().getEpochSecond(), STEP) * STEP;
  }

  /** When a step starts, in seconds of the epoch. */
  long time(int step) {
    return start + (long) step * STEP;
  }

  /** What was used in a step; NaN where that is not known. */
  double amount(Resource resource, int step) {
    double[] row = amounts.get(resource);
    return row == null || step >= row.length ? Double.NaN : row[step];
  }
}
