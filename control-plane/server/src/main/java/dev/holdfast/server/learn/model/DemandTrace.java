package dev.holdfast.server.learn.model;

import dev.holdfast.pam.model.ApiCalls;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import java.util.ArrayList;
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
 * @param around for each step, what else is known of it
 */
record DemandTrace(long start, int steps, Map<Resource, double[]> amounts, List<Around> around) {
  /**
   * What is known of a step besides amounts.
   *
   * @param inputs the production inputs of the run that used most
   * @param callsPerSecond calls of the workload's API; NaN where none were counted
   */
  record Around(Map<String, InputValue> inputs, double callsPerSecond) {
    private static final Around NOTHING = new Around(Map.of(), Double.NaN);

    Around with(UsageSample bucket, boolean most) {
      double calls = callsPerSecond;
      if (!bucket.apiCalls().isEmpty()) {
        calls = Double.isNaN(calls) ? 0 : calls;
        for (ApiCalls method : bucket.apiCalls().values()) {
          calls += (double) method.ended() / STEP;
        }
      }
      return new Around(most ? bucket.inputs() : inputs, calls);
    }
  }

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
    List<Around> around = new ArrayList<>(Collections.nCopies(steps, Around.NOTHING));
    for (UsageSample bucket : buckets) {
      int step = (int) ((end(bucket) - first) / STEP);
      boolean most = false;
      for (Map.Entry<Resource, double[]> entry : amounts.entrySet()) {
        double used = bucket.usage().get(entry.getKey());
        double[] row = entry.getValue();
        if (Double.isNaN(row[step]) || used > row[step]) {
          row[step] = used;
          most = true;
        }
      }
      around.set(step, around.get(step).with(bucket, most));
    }
    return new DemandTrace(first - STEP, steps, Collections.unmodifiableMap(amounts), around);
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
    return row == null || step < 0 || step >= row.length ? Double.NaN : row[step];
  }

  /** What else is known of a step. */
  Around around(int step) {
    return step < 0 || step >= steps ? Around.NOTHING : around.get(step);
  }
}
