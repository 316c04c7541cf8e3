package dev.holdfast.store.kv;

import java.util.List;
import java.util.Optional;

/**
 * Rows of a range as they were at one revision.
 *
 * @param rows in the order of their keys
 * @param revision the store's revision when it answered: for a read of the present, the one the
 *     rows are of. Watching from the one after it misses nothing
 * @param more whether the limit cut rows off
 */
public record Snapshot(List<Row> rows, long revision, boolean more) {
  public Snapshot {
    rows = List.copyOf(rows);
  }

  /** The row of a key, where the snapshot has it. */
  public Optional<Row> row(Key key) {
    return rows.stream().filter(row -> row.key().equals(key)).findFirst();
  }
}
