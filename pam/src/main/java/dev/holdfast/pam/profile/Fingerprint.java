package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.ApiCalls;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How a workload behaves, whatever it is doing much or little of: natural logarithms of what it
 * costs to do one unit of its work, and of the shape of its usage. A difference of 0.1 is about 10
 * %, in every component.
 *
 * @param version which components there are, and how they are made; only fingerprints of one
 *     version compare
 * @param components those that there was evidence of
 */
public record Fingerprint(int version, Map<Component, Double> components) {
  /** The version that {@link #of} makes. */
  public static final int VERSION = 2;

  /** The fewest samples that show how a workload behaves. */
  public static final int SAMPLES_MIN = 6;

  /** Cores in use below which a workload is idle, however little it uses: one in a thousand. */
  private static final double CORES_LEAST = 1e-3;

  /** Bytes in a second of CPU time that are as good as none. */
  private static final double BYTES_LEAST = 1000;

  /** Any other ratio below this is as good as none. */
  private static final double LEAST = 1e-3;

  /** What is compared. */
  public enum Component {
    /** Instructions for a call of its interface; in a second of CPU time where none is counted. */
    INSTRUCTIONS_PER_WORK,
    /** Cycles for a call of its interface; in a second of CPU time where none is counted. */
    CYCLES_PER_WORK,
    /** Last-level cache misses in a thousand instructions. */
    CACHE_MISSES_PER_KILOINSTRUCTION,
    /** Mispredicted branches in a thousand instructions. */
    BRANCH_MISSES_PER_KILOINSTRUCTION,
    /** Peak of the CPU rate over its mean: how bursty it is. */
    CPU_BURST,
    /** Bytes of memory held for a core in use. */
    MEMORY_PER_CORE,
    /** Bytes to and from storage in a second of CPU time. */
    DISK_PER_CPU,
    /** Bytes over the network in a second of CPU time. */
    NETWORK_PER_CPU,
    /** GPU time in a second of CPU time. */
    GPU_PER_CPU
  }

  /** Copies, and refuses what is no number. */
  public Fingerprint {
    EnumMap<Component, Double> copy = new EnumMap<>(Component.class);
    copy.putAll(components);
    components = Collections.unmodifiableMap(copy);
    if (!components.values().stream().allMatch(Double::isFinite)) {
      throw new IllegalArgumentException("a component of a fingerprint is a number");
    }
  }

  /** What is added up over samples. */
  private static final class Sums {
    private double cpuSeconds;
    private double seconds;
    private double cpuPeak;
    private double memoryPeak;
    private double disk;
    private double network;
    private double gpuSeconds;
    private double calls;
    private boolean counted;
    private double instructions;
    private double cycles;
    private double cacheMisses;
    private double branchMisses;

    void add(UsageSample sample) {
      double period = sample.period().toNanos() / 1e9;
      double cores = sample.usage().get(Resource.CPU_MILLICORES) / 1e3;
      seconds += period;
      cpuSeconds += cores * period;
      cpuPeak = Math.max(cpuPeak, cores);
      memoryPeak = Math.max(memoryPeak, amount(sample, Resource.MEMORY_BYTES));
      disk += amount(sample, Resource.DISK_READ_BYTES_PER_SECOND) * period;
      disk += amount(sample, Resource.DISK_WRITE_BYTES_PER_SECOND) * period;
      network += amount(sample, Resource.NETWORK_BYTES_PER_SECOND) * period;
      gpuSeconds += amount(sample, Resource.GPU_MILLIDEVICES) / 1e3 * period;
      calls += sample.apiCalls().values().stream().mapToLong(ApiCalls::ended).sum();
      sample.counters().ifPresent(this::add);
    }

    private void add(HardwareCounters counters) {
      counted = true;
      instructions += counters.instructions();
      cycles += counters.cycles();
      cacheMisses += counters.cacheMisses();
      branchMisses += counters.branchMisses();
    }

    private static double amount(UsageSample sample, Resource resource) {
      return sample.usage().get(resource);
    }
  }

  /**
   * That of a workload over some time.
   *
   * @param samples at least {@link #SAMPLES_MIN}, in order of time, of one workload
   */
  public static Fingerprint of(List<UsageSample> samples) {
    if (samples.size() < SAMPLES_MIN) {
      throw new IllegalArgumentException(
          "a fingerprint is made from 6 samples or more, not " + samples.size());
    }
    Sums sums = new Sums();
    samples.forEach(sums::add);
    EnumMap<Component, Double> parts = new EnumMap<>(Component.class);
    double cores = Math.max(CORES_LEAST, sums.cpuSeconds / sums.seconds);
    double cpuSeconds = cores * sums.seconds;
    if (sums.counted) {
      double work = sums.calls > 0 ? sums.calls : cpuSeconds;
      double thousands = Math.max(1, sums.instructions / 1000);
      parts.put(Component.INSTRUCTIONS_PER_WORK, log(sums.instructions / work, LEAST));
      parts.put(Component.CYCLES_PER_WORK, log(sums.cycles / work, LEAST));
      parts.put(
          Component.CACHE_MISSES_PER_KILOINSTRUCTION, log(sums.cacheMisses / thousands, LEAST));
      parts.put(
          Component.BRANCH_MISSES_PER_KILOINSTRUCTION, log(sums.branchMisses / thousands, LEAST));
    }
    parts.put(Component.CPU_BURST, log(sums.cpuPeak / cores, 1));
    parts.put(Component.MEMORY_PER_CORE, log(sums.memoryPeak / cores, BYTES_LEAST));
    parts.put(Component.DISK_PER_CPU, log(sums.disk / cpuSeconds, BYTES_LEAST));
    parts.put(Component.NETWORK_PER_CPU, log(sums.network / cpuSeconds, BYTES_LEAST));
    parts.put(Component.GPU_PER_CPU, log(sums.gpuSeconds / cpuSeconds, LEAST));
    return new Fingerprint(VERSION, parts);
  }

  /** What is next to nothing is all alike, so that two workloads without a GPU are. */
  private static double log(double ratio, double least) {
    return Math.log(Math.max(ratio, least));
  }
}
