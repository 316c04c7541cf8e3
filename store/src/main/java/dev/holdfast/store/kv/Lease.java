package dev.holdfast.store.kv;

import java.time.Duration;

/**
 * A span of time that rows can be tied to: when it passes without being kept alive, they are
 * deleted.
 *
 * @param id its number
 * @param timeToLive what the store granted, in whole seconds; it may be more than was asked for
 */
public record Lease(LeaseId id, Duration timeToLive) {
  /** The shortest that may be asked for: etcd grants no less. */
  public static final Duration TIME_TO_LIVE_MIN = Duration.ofSeconds(2);

  /** The longest that may be asked for. */
  public static final Duration TIME_TO_LIVE_MAX = Duration.ofDays(31);

  /** Checks what is asked for and rounds it up to whole seconds. */
  static long seconds(Duration asked) {
    if (asked.compareTo(TIME_TO_LIVE_MIN) < 0 || asked.compareTo(TIME_TO_LIVE_MAX) > 0) {
      throw new IllegalArgumentException(
          "a lease lives %s to %s, not %s".formatted(TIME_TO_LIVE_MIN, TIME_TO_LIVE_MAX, asked));
    }
    return asked.plusNanos(999_999_999).toSeconds();
  }
}
