package dev.holdfast.conformance;

import dev.holdfast.store.ledger.Reservations;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
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

  private final AtomicReference<Optional<Runnable>> event = new AtomicReference<>(Optional.empty());

  @Override
  public Instant instant() {
    if (event.get().isPresent() && decidingOnReservation()) {
      event.getAndSet(Optional.empty()).ifPresent(Runnable::run);
    }
    return now.get();
  }

  private static boolean decidingOnReservation() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames.anyMatch(
                    frame ->
                        frame.getClassName().equals(Reservations.class.getName())
                            && frame.getMethodName().contains("make")));
  }

  /**
   * What happens then, once: a reservation was planned, and the ledger begins to decide on it, from
   * what it saw before.
   */
  void atDecision(Runnable happening) {
    event.set(Optional.of(happening));
  }

  /** Whether it has happened. */
  boolean turned() {
    return event.get().isEmpty();
  }

  void advance(Duration span) {
    now.updateAndGet(instant -> instant.plus(span));
  }
}
