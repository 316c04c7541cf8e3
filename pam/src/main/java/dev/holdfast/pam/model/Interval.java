package dev.holdfast.pam.model;

import java.time.Duration;
import java.time.Instant;

/**
 * A span of time, start included and end excluded.
 *
 * @param start when it begins
 * @param end when it is over, after the start
 */
public record Interval(Instant start, Instant end) {
  /** Refuses a span that ends before it has begun, and an empty one. */
  public Interval {
    if (!end.isAfter(start)) {
      throw new Refusal(
          new Problem.Window(
              "the interval from " + start + " ends at " + end,
              "End it after its start."));
    }
  }

  /** A span of a length, above zero. */
  public static Interval from(Instant start, Duration length) {
    return new Interval(start, start.plus(length));
  }

  /** How long it lasts. */
  public Duration length() {
    return Duration.between(start, end);
  }

  /** Whether a time lies in it. */
  public boolean contains(Instant time) {
    return !time.isBefore(start) && time.isBefore(end);
  }

  /** Whether some time lies in both. */
  public boolean overlaps(Interval other) {
    return start.isBefore(other.end) && other.start.isBefore(end);
  }
}
