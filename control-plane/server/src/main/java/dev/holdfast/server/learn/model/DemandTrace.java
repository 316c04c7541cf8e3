package dev.holdfast.server.learn.model;

import dev.holdfast.pam.forecast.series.Around;
import dev.holdfast.pam.forecast.series.SeriesKind;
import dev.holdfast.pam.model.ApiCalls;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * What one workload used, on a grid of five minutes.
 *
 * @param kind what its series are of
 * @param start when its first step starts, in seconds of the epoch
 * @param steps how many there are
 * @param amounts for each resource of which any was used, one amount for each step; NaN where none
 *     was sampled; not to be changed
 * @param around for each step, what else is known of it: the inputs are those of the run that used
 *     most
 */
record DemandTrace(
    SeriesKind kind, long start, int steps, Map<Resource, double[]> amounts, List<Around> around) {
  /** The length of a step in seconds. */
  static final int STEP = 300;

  /** The fewest steps that anything is learnt from. */
  static final int STEPS_MIN = 24;

  /**
   * What the runs of one workload used, as far as agents metered it or it was imported: of several
   * at once, the one that used most. Empty where there is nothing of the kind.
   *
   * @param kind what its series are of
   * @param buckets of five minutes
   */
  static Optional<DemandTrace> of(SeriesKind kind, List<UsageSample> buckets) {
    List<UsageSample> own = buckets.stream().filter(DemandTrace::tellsDemand).toList();
    return own.isEmpty() ? Optional.empty() : Optional.of(trace(kind, own));
  }

  private static boolean tellsDemand(UsageSample bucket) {
    return bucket.subject().contains("/grants/") || bucket.subject().contains("/usageImports/");
  }

  private static DemandTrace trace(SeriesKind kind, List<UsageSample> buckets) {
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
      around.set(step, with(around.get(step), bucket, most));
    }
    return new DemandTrace(kind, first - STEP, steps, Collections.unmodifiableMap(amounts), around);
  }

  private static Around with(Around known, UsageSample bucket, boolean most) {
    OptionalDouble calls =
        bucket.apiCalls().isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(
                bucket.apiCalls().values().stream().mapToDouble(ApiCalls::ended).sum());
    OptionalDouble instructions = counted(bucket, HardwareCounters::instructions);
    OptionalDouble cycles = counted(bucket, HardwareCounters::cycles);
    return new Around(
        most ? bucket.inputs() : known.inputs(),
        plus(known.callsPerSecond(), calls),
        plus(known.instructionsPerSecond(), instructions),
        plus(known.cyclesPerSecond(), cycles));
  }

  private static OptionalDouble counted(
      UsageSample bucket, ToDoubleFunction<HardwareCounters> counter) {
    return bucket.counters().stream().mapToDouble(counter).findFirst();
  }

  /** A rate with what was counted in a step; NaN as long as nothing was. */
  private static double plus(double rate, OptionalDouble counted) {
    return counted.isEmpty()
        ? rate
        : (Double.isNaN(rate) ? 0 : rate) + counted.getAsDouble() / STEP;
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
