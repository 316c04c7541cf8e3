package dev.holdfast.conformance;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A clock that stands still until it is told to go on.
 *
 * <p>It begins at the real time, as certificates are also judged by the handshake, which has no
 * other clock; certificates begin five minutes before they are issued, so a test that goes further
 * on must have issued them before.
 */
final class TestClock implements InstantSource {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.now().truncatedTo(ChronoUnit.MILLIS));

  @Override
  public Instant instant() {
    return now.get();
  }

  void advance(Duration span) {
    now.updateAndGet(instant -> instant.plus(span));
  }
}
