package dev.holdfast.node.cgroup;

import java.time.Duration;
import java.util.Optional;

/**
 * A group's counters at one moment.
 *
 * @param at when, on this process's monotonic clock; only differences mean anything
 * @param cpu CPU time taken since the group began
 * @param throttled time that its processes were held back by the CPU limit since the group began
 * @param memory memory; empty where the kernel does not say
 * @param disk bytes moved to and from storage; empty where the kernel does not say
 * @param pressure time waited; empty under version 1
 */
public record CgroupReading(
    Duration at,
    Duration cpu,
    Duration throttled,
    Optional<Memory> memory,
    Optional<Disk> disk,
    Optional<Pressure> pressure) {
  /**
   * Memory of a group.
   *
   * @param bytes in use now
   * @param peakBytes the most that ever was, at least {@code bytes} but for a race in the kernel
   */
  public record Memory(long bytes, long peakBytes) {
    public Memory {
      if (bytes < 0 || peakBytes < 0) {
        throw new IllegalArgumentException("memory is never negative");
      }
    }
  }

  /**
   * Bytes moved since the group began.
   *
   * @param readBytes from storage
   * @param writtenBytes to storage
   */
  public record Disk(long readBytes, long writtenBytes) {
    public Disk {
      if (readBytes < 0 || writtenBytes < 0) {
        throw new IllegalArgumentException("bytes moved are never negative");
      }
    }
  }

  public CgroupReading {
    if (cpu.isNegative() || throttled.isNegative()) {
      throw new IllegalArgumentException("CPU time is never negative");
    }
  }
}
