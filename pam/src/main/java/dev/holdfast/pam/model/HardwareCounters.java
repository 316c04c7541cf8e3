package dev.holdfast.pam.model;

/**
 * Hardware counters over one sampling period, user and kernel mode of the workload only; each at
 * least 0.
 *
 * @param instructions instructions retired
 * @param cycles CPU cycles
 * @param cacheMisses last-level cache misses
 * @param branchMisses mispredicted branches
 */
public record HardwareCounters(
    long instructions, long cycles, long cacheMisses, long branchMisses) {
  /** Refuses counts below zero. */
  public HardwareCounters {
    long least = Math.min(Math.min(instructions, cycles), Math.min(cacheMisses, branchMisses));
    if (least < 0) {
      throw new Refusal(new Problem.Amount("counters", "at least 0", Long.toString(least)));
    }
  }
}
