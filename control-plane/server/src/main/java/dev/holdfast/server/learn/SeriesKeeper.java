package dev.holdfast.server.learn;

import dev.holdfast.store.series.Grain;
import dev.holdfast.store.series.Retention;
import dev.holdfast.store.series.UsageSeries;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Keeps the usage series in shape: folds samples into buckets, and forgets what is older than its
 * retention. Both go on a part at a time, so that samples are stored in between.
 */
public final class SeriesKeeper {
  /** How long after its end a bucket is first folded: most reports have come by then. */
  private static final Duration SETTLED = Duration.ofMinutes(1);

  private static final int SLOTS = 200;
  private static final int PARTS_MAX = 1000;

  private final UsageSeries series;
  private final Retention retention;
  private final InstantSource clock;

  /** A keeper of a series. */
  public SeriesKeeper(UsageSeries series, Retention retention, InstantSource clock) {
    this.series = series;
    this.retention = retention;
    this.clock = clock;
  }

  /** Folds what has changed. */
  public void fold() {
    Instant until = clock.instant().minus(SETTLED);
    int parts = 0;
    while (series.fold(until, SLOTS) == SLOTS && parts < PARTS_MAX) {
      parts++;
    }
  }

  /** Forgets what is too old. */
  public void forget() {
    Instant now = clock.instant();
    for (Grain grain : Grain.values()) {
      Instant before = now.minus(retention.of(grain));
      int parts = 0;
      while (series.forget(grain, before) > 0 && parts < PARTS_MAX) {
        parts++;
      }
    }
    series.forgetNames(now.minus(retention.longest()));
  }
}
