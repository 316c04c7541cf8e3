package dev.holdfast.node.session;

import dev.holdfast.proto.usage.v1.UsageSample;
import java.time.Duration;
import java.util.List;

/** What tells how much was used: by the grants of an enclave, or by reservations elsewhere. */
@FunctionalInterface
public interface UsageMeter {
  /** Samples that one call may return; more are left out. */
  int SAMPLES_MAX = 5_000;

  /** A meter of nothing. */
  UsageMeter NONE = period -> List.of();

  /**
   * Takes one sample of each subject over the time since the call before.
   *
   * @param period the sampling period asked for, 100 ms to 1 hour: also the length of the very
   *     first
   * @return samples with subject, end_time, period and usage set; their sequences are numbered here
   *     over, so that they count up over restarts
   */
  List<UsageSample> sample(Duration period);

  /** Whether samples carry hardware counters. */
  default boolean readsHardwareCounters() {
    return false;
  }
}
