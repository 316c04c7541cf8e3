package dev.holdfast.node.cgroup;

import java.time.Duration;

/**
 * What a group used over one period: mean rates, and the peak of memory.
 *
 * @param period the length of the period, more than zero
 * @param cpuMillicores CPU time per second, in thousandths of a core
 * @param memoryPeakBytes the most memory seen in the period, in bytes; 0 where the kernel does not
 *     say
 * @param diskReadBytesPerSecond bytes read from storage, per second
 * @param diskWriteBytesPerSecond bytes written to storage, per second
 * @param throttled time held back by the CPU limit
 */
public record CgroupUsage(
    Duration period,
    long cpuMillicores,
    long memoryPeakBytes,
    long diskReadBytesPerSecond,
    long diskWriteBytesPerSecond,
    Duration throttled) {
  public CgroupUsage {
    if (period.isNegative() || period.isZero()) {
      throw new IllegalArgumentException("a period is longer than zero");
    }
    if (cpuMillicores < 0
        || memoryPeakBytes < 0
        || diskReadBytesPerSecond < 0
        || diskWriteBytesPerSecond < 0
        || throttled.isNegative()) {
      throw new IllegalArgumentException("usage is never negative");
    }
  }
}
