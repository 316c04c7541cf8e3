package dev.holdfast.store.ledger;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A clock that counts milliseconds and never goes back: where the one beneath it is set back, it
 * stands still until that has caught up. So what has expired does not come back to life.
 *
 * <p>Rows keep milliseconds: with a finer clock a value read back would not equal the one written.
 */
final class SteadyClock implements InstantSource {
  private final InstantSource clock;
  private final AtomicReference<Instant> latest = new AtomicReference<>(Instant.MIN);

  SteadyClock(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public Instant instant() {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    return latest.accumulateAndGet(now, (last, next) -> next.isAfter(last) ? next : last);
  }
}
