package dev.holdfast.store.kv;

import java.time.Duration;
import java.util.List;

/**
 * The changes of a range from a revision on, in order, each once; read by one thread at a time.
 *
 * <p>It holds at most {@link #PENDING_MAX} revisions that were not read yet; a reader that falls
 * further behind is served from the store's history, and misses nothing unless that was compacted.
 */
public interface Watch extends AutoCloseable {
  /** The most revisions kept for a slow reader. */
  int PENDING_MAX = 1024;

  /**
   * Waits for what comes next.
   *
   * @param patience how long to wait at most, up to a minute
   * @throws IllegalStateException after {@link #close}
   */
  Event next(Duration patience);

  /** Ends it. A reader that waits is let go. */
  @Override
  void close();

  /** What a watch says. */
  sealed interface Event {}

  /**
   * Everything that one revision changed within the range.
   *
   * @param changes at least one, in the order of the transaction
   */
  record Changed(long revision, List<Change> changes) implements Event {
    public Changed {
      changes = List.copyOf(changes);
    }
  }

  /** Nothing came while the reader waited. */
  record Idle() implements Event {}

  /**
   * The store cannot be reached at present. The watch goes on by itself from where it was.
   *
   * @param why what the store's client said
   */
  record Disconnected(String why) implements Event {}

  /**
   * The history that comes next is gone: read the range anew and watch from there. The watch has
   * ended and says this again whenever asked.
   *
   * @param compactRevision the oldest revision that can still be read
   */
  record Compacted(long compactRevision) implements Event {}
}
