package dev.holdfast.pam.signal;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Something in a workload's usage that is worth a signal.
 *
 * @param kind what kind of thing it is
 * @param resource the resource, where it is about one
 * @param sample the sample that showed it
 * @param expected what the forecast gave as p50 for that resource and time; empty without a
 *     forecast
 * @param score how strong the evidence is, at least {@code threshold}
 * @param threshold from which score on it is a finding
 * @param words the evidence, as a sentence without a full stop
 * @param drift how behaviour moved and what is to be expected then, where it is a drift
 */
public record Finding(
    Kind kind,
    Optional<Resource> resource,
    UsageSample sample,
    OptionalLong expected,
    double score,
    double threshold,
    String words,
    Optional<DriftDetail> drift) {
  /** Kinds of findings. */
  public enum Kind {
    /** Growth of what is held that never went back. */
    LEAK,
    /** Values for a short time far from those before. */
    SPIKE,
    /** Activity that stopped, or a value that no longer moves. */
    STALL,
    /** A change from one level to another that lasts. */
    LEVEL_SHIFT,
    /** Usage and hardware counters, or usage and calls, that no longer agree. */
    COUNTER_MISMATCH,
    /** Ordinary values at a time, or in a row, in which they were not to be expected. */
    OUT_OF_PATTERN,
    /** A workload that behaves differently from what is usual for it, or for its type. */
    DRIFT;

    /** That of a departure. */
    static Kind of(Departure departure) {
      return switch (departure) {
        case Departure.Leak _ -> LEAK;
        case Departure.Spike _ -> SPIKE;
        case Departure.Stall _ -> STALL;
        case Departure.LevelShift _ -> LEVEL_SHIFT;
        case Departure.CounterMismatch _ -> COUNTER_MISMATCH;
        case Departure.OutOfPattern _ -> OUT_OF_PATTERN;
      };
    }
  }
}
