package dev.holdfast.store.kv;

import java.util.List;

/**
 * What became of a transaction. One whose fate is not known is an {@link OutcomeUnknown} instead.
 */
public sealed interface CommitResult {
  /** The store's revision when it answered. */
  long revision();

  /**
   * Every comparison held and everything is durable.
   *
   * @param revision the revision of its changes; the store's own where nothing changed
   */
  record Committed(long revision) implements CommitResult {}

  /**
   * A comparison did not hold, and nothing was changed.
   *
   * @param rows the rows of the first {@link Transaction#SHOWN_MAX} compared keys as they are, in
   *     the order of their keys; absent ones are left out
   */
  record Conflict(List<Row> rows, long revision) implements CommitResult {
    public Conflict {
      rows = List.copyOf(rows);
    }
  }
}
