package dev.holdfast.store.series;

import java.time.Duration;
import java.util.Optional;

/** How finely usage is kept: sample by sample, or folded into buckets of one length. */
public enum Grain {
  /** As it was metered. */
  SAMPLE("sample", Duration.ZERO),
  SECOND("1s", Duration.ofSeconds(1)),
  TEN_SECONDS("10s", Duration.ofSeconds(10)),
  MINUTE("1m", Duration.ofMinutes(1)),
  FIVE_MINUTES("5m", Duration.ofMinutes(5)),
  HOUR("1h", Duration.ofHours(1));

  private final String word;
  private final Duration length;

  Grain(String word, Duration length) {
    this.word = word;
    this.length = length;
  }

  /** How long a bucket is; zero for single samples. */
  public Duration length() {
    return length;
  }

  /** The grain of buckets of a length; empty if there is none. */
  public static Optional<Grain> of(Duration length) {
    for (Grain grain : values()) {
      if (grain.length.equals(length)) {
        return Optional.of(grain);
      }
    }
    return Optional.empty();
  }

  long millis() {
    return length.toMillis();
  }

  /** The end of the bucket that holds what ended at a time: buckets include their end. */
  long bucket(long endedMillis) {
    return Math.ceilDiv(endedMillis, millis()) * millis();
  }

  String usageTable() {
    return "usage_" + word;
  }

  String callsTable() {
    return "calls_" + word;
  }
}
