package dev.holdfast.store.kv;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A range and all that becomes of it, as one sequence without gaps: its rows at one revision, then
 * every change behind that one, and its rows anew whenever the history in between is gone. Read by
 * one thread at a time.
 */
public final class RangeFeed implements AutoCloseable {
  /** How many rows are read at once. */
  private static final int PAGE_ROWS = 1000;

  /** How often a list is begun that compaction overtakes, before that is said. */
  private static final int LISTS_MAX = 5;

  /** The pause after a list that failed. */
  private static final Duration PAUSE = Duration.ofMillis(250);

  private final KeyValueStore store;
  private final KeyRange range;
  private @Nullable Watch watch;

  /** A feed that has read nothing yet. The store stays open when the feed is closed. */
  public RangeFeed(KeyValueStore store, KeyRange range) {
    this.store = store;
    this.range = range;
  }

  /** What a feed says. */
  public sealed interface Event {}

  /**
   * All rows of the range at a revision. What was known before no longer counts.
   *
   * @param rows in the order of their keys
   */
  public record Listed(List<Row> rows, long revision) implements Event {
    public Listed {
      rows = List.copyOf(rows);
    }
  }

  /**
   * Everything that one revision changed within the range.
   *
   * @param changes at least one, in the order of the transaction
   */
  public record Changed(long revision, List<Change> changes) implements Event {
    public Changed {
      changes = List.copyOf(changes);
    }
  }

  /** Nothing came while the reader waited. */
  public record Idle() implements Event {}

  /**
   * The store cannot be reached at present; the feed goes on by itself.
   *
   * @param why what the store said
   */
  public record Disconnected(String why) implements Event {}

  /**
   * Waits for what comes next; the first is a list.
   *
   * @param patience how long to wait for a change, up to a minute; reading a list may take longer
   * @throws IllegalStateException after the store was closed
   * @throws StoreUnavailable when the reader is interrupted
   */
  public Event next(Duration patience) {
    Watch open = watch;
    if (open == null) {
      return list(patience);
    }
    return switch (open.next(patience)) {
      case Watch.Changed(long revision, List<Change> changes) -> new Changed(revision, changes);
      case Watch.Idle() -> new Idle();
      case Watch.Disconnected(String why) -> new Disconnected(why);
      case Watch.Compacted _ -> {
        close();
        yield list(patience);
      }
    };
  }

  private Event list(Duration patience) {
    try {
      for (int i = 0; i < LISTS_MAX; i++) {
        try {
          Listed listed = listOnce();
          watch = store.watch(range, listed.revision() + 1);
          return listed;
        } catch (RevisionCompacted _) {
          // Compaction overtook the list between two pages.
        }
      }
      return new Disconnected("history is compacted faster than the range can be read");
    } catch (StoreUnavailable | StoreRefused e) {
      pause(patience.compareTo(PAUSE) < 0 ? patience : PAUSE, e);
      return new Disconnected(String.valueOf(e.getMessage()));
    }
  }

  private Listed listOnce() {
    Snapshot page = store.range(range, OptionalLong.empty(), PAGE_ROWS);
    long revision = page.revision();
    var rows = new ArrayList<>(page.rows());
    while (page.more()) {
      Optional<KeyRange> rest = range.after(rows.getLast().key());
      if (rest.isEmpty()) {
        break;
      }
      page = store.range(rest.get(), OptionalLong.of(revision), PAGE_ROWS);
      rows.addAll(page.rows());
    }
    return new Listed(rows, revision);
  }

  private static void pause(Duration span, StoreFailure why) {
    try {
      TimeUnit.NANOSECONDS.sleep(span.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailable("interrupted while waiting to read again", why);
    }
  }

  /** Lets go of the watch; the next event would be a list. */
  @Override
  public void close() {
    if (watch != null) {
      watch.close();
      watch = null;
    }
  }
}
