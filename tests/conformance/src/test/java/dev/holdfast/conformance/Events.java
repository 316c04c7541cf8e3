package dev.holdfast.conformance;

import dev.holdfast.server.journal.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What the server said that happened, in order. */
final class Events implements Consumer<Event> {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final List<Event> heard = new ArrayList<>();

  @Override
  public synchronized void accept(Event event) {
    heard.add(event);
    notifyAll();
  }

  /** How many there were so far. */
  synchronized int count() {
    return heard.size();
  }

  synchronized <E extends Event> List<E> all(Class<E> kind) {
    return heard.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** Waits for one of a kind, of those after the first {@code from}. */
  synchronized <E extends Event> E await(int from, Class<E> kind, Predicate<E> wanted) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      for (Event event : heard.subList(from, heard.size())) {
        if (kind.isInstance(event) && wanted.test(kind.cast(event))) {
          return kind.cast(event);
        }
      }
      long left = until - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError(
            "no such " + kind.getSimpleName() + " among " + heard.subList(from, heard.size()));
      }
      try {
        wait(Math.max(1, left / 1_000_000));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
