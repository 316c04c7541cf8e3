package dev.holdfast.store.ledger;

import dev.holdfast.store.kv.Change;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Watches a shard that this instance leads for what somebody else does to its rows, and keeps those
 * rows from use at once. One thread reads it.
 *
 * <p>Every transaction of the leader writes the head, with a version that only rises. A change
 * without one was made by who has no business here.
 */
public final class LedgerGuard implements AutoCloseable {
  private final Watch watch;
  private final Layout layout;
  private final StoredRows stored;
  private final Leadership leadership;
  private final LedgerMeter meter;
  private final Lead lead;
  private long version;

  LedgerGuard(
      KeyValueStore store,
      Layout layout,
      StoredRows stored,
      Leadership leadership,
      LedgerMeter meter,
      Leadership.Reign reign) {
    this.meter = meter;
    this.layout = layout;
    this.stored = stored;
    this.leadership = leadership;
    this.lead = reign.lead();
    this.version = reign.image().head().version();
    this.watch = store.watch(layout.all(), reign.image().head().revision() + 1);
  }

  /** What a guard says. */
  public sealed interface Seen {}

  /** All is as it should be. */
  public record Quiet() implements Seen {}

  /** Somebody else changed these rows, named by their paths within the shard. */
  public record Foreign(List<String> rows) implements Seen {
    public Foreign {
      rows = List.copyOf(rows);
    }
  }

  /** It can see no further: the lead is lost, or history is. Begin with another one. */
  public record Ended() implements Seen {}

  /**
   * Waits for what comes next.
   *
   * @param patience how long at most, up to a minute
   */
  public Seen next(Duration patience) {
    if (leadership.lead().filter(lead::equals).isEmpty()) {
      return new Ended();
    }
    return switch (watch.next(patience)) {
      case Watch.Idle _, Watch.Disconnected _ -> new Quiet();
      case Watch.Compacted _ -> {
        // Nobody has looked in between: all is read anew.
        leadership.doubt(lead);
        yield new Ended();
      }
      case Watch.Changed(long revision, List<Change> changes) -> judge(revision, changes);
    };
  }

  private Seen judge(long revision, List<Change> changes) {
    Optional<Long> newer = head(changes).filter(found -> found > version);
    if (newer.isPresent()) {
      version = newer.get();
      return new Quiet();
    }
    var rows = new ArrayList<String>();
    for (Change change : changes) {
      if (layout.isRow(change.key())) {
        String path = layout.path(change.key());
        leadership.distrust(lead, path, revision);
        rows.add(path);
      } else if (change.key().equals(layout.head())) {
        leadership.doubt(lead);
        rows.add("head");
      }
    }
    if (rows.isEmpty()) {
      return new Quiet();
    }
    meter.foreign(rows.size());
    return new Foreign(rows);
  }

  /** The version of the head that a transaction wrote; empty where it wrote none that is ours. */
  private Optional<Long> head(List<Change> changes) {
    for (Change change : changes) {
      if (change instanceof Change.Put(Row row) && row.key().equals(layout.head())) {
        return stored.head(row).map(Head::version);
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    watch.close();
  }
}
