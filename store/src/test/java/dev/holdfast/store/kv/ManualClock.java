package dev.holdfast.store.kv;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until it is told to go on. */
public final class ManualClock implements InstantSource {
  private final AtomicReference<Instant> now;

  /** Begins at an instant. */
  public ManualClock(Instant start) {
    this.now = new AtomicReference<>(start);
  }

  @Override
  public Instant instant() {
    return now.get();
  }

  /** Goes on. */
  public void advance(Duration span) {
    now.updateAndGet(instant -> instant.plus(span));
  }
}
