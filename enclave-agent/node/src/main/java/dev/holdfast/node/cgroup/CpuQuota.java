package dev.holdfast.node.cgroup;

import java.io.IOException;
import java.nio.file.Path;

/**
 * CPU time for each period, as the CFS bandwidth controller takes it (Linux, sched-bwc).
 *
 * @param quotaMicros CPU time in microseconds for each period, at least the kernel's 1000
 * @param periodMicros the period in microseconds, 1000 to 1000000
 */
record CpuQuota(long quotaMicros, long periodMicros) {
  private static final long PERIOD_MICROS = 100_000;
  private static final long PERIOD_MICROS_MAX = 1_000_000;

  /** The most that the kernel takes: its quota is kept in nanoseconds below 2^44. */
  private static final long QUOTA_MICROS_MAX = 17_000_000_000L;

  CpuQuota {
    if (quotaMicros < 1000 || periodMicros < 1000 || periodMicros > PERIOD_MICROS_MAX) {
      throw new IllegalArgumentException("quota " + quotaMicros + " in " + periodMicros + " us");
    }
  }

  /**
   * What a file of the kernel holds.
   *
   * @throws IOException if no kernel would take it
   */
  static CpuQuota in(Path file, long quotaMicros, long periodMicros) throws IOException {
    try {
      return new CpuQuota(quotaMicros, periodMicros);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " holds no valid limit: " + e.getMessage(), e);
    }
  }

  /** The quota for a number of thousandths of a core, at least 1. */
  static CpuQuota ofMillicores(long millicores) {
    if (millicores < 1 || millicores > Cgroup.LIMIT_MAX) {
      throw new IllegalArgumentException("millicores " + millicores + ", not in 1 to 2^50");
    }
    // Below ten millicores the quota of the usual period would be less than the kernel's least.
    long period = millicores < 10 ? PERIOD_MICROS_MAX : PERIOD_MICROS;
    long quota =
        millicores > QUOTA_MICROS_MAX / 100 ? QUOTA_MICROS_MAX : millicores * (period / 1000);
    return new CpuQuota(quota, period);
  }

  /** At most 2^50, which is as good as endless. */
  long millicores() {
    return quotaMicros >= Long.MAX_VALUE / 1000
        ? Cgroup.LIMIT_MAX
        : Math.min(Cgroup.LIMIT_MAX, quotaMicros * 1000 / periodMicros);
  }
}
