package dev.holdfast.cli;

import dev.holdfast.pam.forecast.evaluation.Trace;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.signal.evaluation.DriftReplay.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** Traces as the samples that agents would have reported. */
final class TraceUsage {
  private static final double KIBIBYTE = 1 << 10;
  private static final double MEBIBYTE = 1 << 20;
  private static final double GIBIBYTE = 1 << 30;

  /** Of the clock of a core there, in MHz. */
  private static final double BITBRAINS_CORE = 2600;

  /**
   * What an amount of a trace is an amount of.
   *
   * @param resource the resource
   * @param unit how much of it one is
   * @param most what is provisioned where the trace does not say; 0 where that is not known
   */
  private record Meaning(Resource resource, double unit, double most) {}

  private static final Map<String, Meaning> MEANINGS =
      Map.of(
          "cpu", new Meaning(Resource.CPU_MILLICORES, 1000 / BITBRAINS_CORE, 0),
          "cpupct", new Meaning(Resource.CPU_MILLICORES, 10, 100),
          "mem", new Meaning(Resource.MEMORY_BYTES, KIBIBYTE, 0),
          // A part of what the container may have; how much that is nobody says.
          "memutil", new Meaning(Resource.MEMORY_BYTES, GIBIBYTE, 1),
          // Reading and writing together.
          "disk", new Meaning(Resource.DISK_WRITE_BYTES_PER_SECOND, KIBIBYTE, 0),
          "net", new Meaning(Resource.NETWORK_BYTES_PER_SECOND, KIBIBYTE, 0),
          "gpu", new Meaning(Resource.GPU_MILLIDEVICES, 10, 100),
          "gpumem", new Meaning(Resource.GPU_MEMORY_BYTES, MEBIBYTE, 0));

  private TraceUsage() {}

  /** One step for each of the trace in which anything was sampled. */
  static List<Step> steps(Trace trace) {
    Duration period = Duration.ofSeconds(trace.step());
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < trace.length(); i++) {
      EnumMap<Resource, Long> used = new EnumMap<>(Resource.class);
      EnumMap<Resource, Long> most = new EnumMap<>(Resource.class);
      for (String name : trace.amounts().keySet()) {
        Meaning meaning = Optional.ofNullable(MEANINGS.get(name)).orElseThrow();
        double amount = at(trace.amounts(), name, i, Double.NaN);
        if (!Double.isNaN(amount)) {
          used.put(meaning.resource(), Math.round(amount * meaning.unit()));
          double capacity = at(trace.provisioned(), name, i, meaning.most());
          most.put(meaning.resource(), Math.round(capacity * meaning.unit()));
        }
      }
      if (!used.isEmpty()) {
        Instant end = Instant.ofEpochSecond(trace.start()).plus(period.multipliedBy(i + 1L));
        UsageSample sample =
            new UsageSample(
                "",
                steps.size() + 1L,
                end,
                period,
                ResourceVector.of(used),
                Optional.empty(),
                Map.of());
        steps.add(new Step(sample, ResourceVector.of(most)));
      }
    }
    return steps;
  }

  private static double at(
      SortedMap<String, double[]> series, String name, int step, double otherwise) {
    double[] amounts = series.get(name);
    return amounts == null || step >= amounts.length ? otherwise : amounts[step];
  }
}
