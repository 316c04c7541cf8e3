package dev.holdfast.pam.profile;

import java.time.Duration;

/** How far ahead of what came a forecast looked. */
public enum Lead {
  /** Up to a minute. */
  MINUTE(Duration.ofMinutes(1)),
  /** Up to 15 minutes. */
  QUARTER(Duration.ofMinutes(15)),
  /** Up to 2 hours. */
  HOURS(Duration.ofHours(2)),
  /** Up to 24 hours. */
  DAY(Duration.ofHours(24)),
  /** Up to 7 days. */
  WEEK(Duration.ofDays(7));

  private final Duration most;

  Lead(Duration most) {
    this.most = most;
  }

  /** The longest of it. */
  public Duration most() {
    return most;
  }

  /** That of a distance; the longest for what is further still. */
  public static Lead of(Duration ahead) {
    for (Lead lead : values()) {
      if (ahead.compareTo(lead.most) <= 0) {
        return lead;
      }
    }
    return WEEK;
  }
}
