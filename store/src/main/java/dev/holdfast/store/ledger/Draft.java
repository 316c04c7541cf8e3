package dev.holdfast.store.ledger;

import com.google.protobuf.Message;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.proto.QuarantinedRow;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One change as it is decided: the rows that the decision was made from, and the rows that it
 * changes. It does no I/O.
 */
final class Draft {
  private final Function<String, @Nullable RowState> rows;
  private final Map<String, Optional<RowState>> read = new HashMap<>();
  private final Map<String, Change> changes = new LinkedHashMap<>();
  private Instant until = Instant.MAX;

  /** Begins a change to rows that are found by their paths. */
  Draft(Function<String, @Nullable RowState> rows) {
    this.rows = rows;
  }

  /** What becomes of one row. */
  sealed interface Change {
    /** It holds this. */
    record Put(RowKey<?, ?> key, Message message) implements Change {}

    /** It is not stored, and means this. */
    record Derive(RowState.Sound row, RowKey<?, ?> key) implements Change {}

    /** It is gone. */
    record Delete(RowKey<?, ?> key) implements Change {}

    /** Which row. */
    RowKey<?, ?> key();

    /** What makes a row what it is in truth; empty where it was ours and its truth is not known. */
    static Optional<Change> backTo(QuarantinedRow row) {
      Optional<Kind<?, ?>> kind = Kinds.of(row.getPath());
      if (row.getElement().isEmpty()) {
        return Optional.of(new Delete(new RowKey<>(kind.orElse(Kinds.UNKNOWN), row.getPath())));
      }
      return RowState.Damaged.quarantined(row, 0)
          .truth()
          .flatMap(truth -> kind.map(known -> put(new RowKey<>(known, row.getPath()), truth)));
    }

    private static <M extends Message> Put put(RowKey<M, ?> key, RowState truth) {
      return new Put(key, truth.message(key));
    }
  }

  /**
   * Reads a row that the change rests on.
   *
   * @throws Refusal where the row cannot be read
   */
  <M extends Message> Optional<M> read(RowKey<M, ?> key) {
    return entry(key).map(entry -> entry.message(key));
  }

  /**
   * Reads what a row means.
   *
   * @throws Refusal where the row cannot be read
   */
  <T> Optional<T> value(RowKey<?, T> key) {
    return entry(key).map(entry -> entry.value(key));
  }

  private Optional<RowState> entry(RowKey<?, ?> key) {
    if (changes.containsKey(key.path())) {
      throw new IllegalStateException(key.path() + " is read after it was changed");
    }
    return read.computeIfAbsent(key.path(), path -> Optional.ofNullable(rows.apply(path)));
  }

  <M extends Message> void put(RowKey<M, ?> key, M message) {
    changes.put(key.path(), new Change.Put(key, message));
  }

  /** What follows from the other changes, of a kind that is not stored. */
  <T> void derive(RowKey<?, T> key, T value) {
    changes.put(key.path(), new Change.Derive(RowState.Sound.derived(key, value), key));
  }

  void delete(RowKey<?, ?> key) {
    changes.put(key.path(), new Change.Delete(key));
  }

  /** Takes in a change that rests on nothing. */
  Change apply(Change change) {
    changes.put(change.key().path(), change);
    return change;
  }

  Map<String, Change> changes() {
    return changes;
  }

  boolean empty() {
    return changes.isEmpty();
  }

  /** The paths of the rows that were read, and what was there. */
  Map<String, Optional<RowState>> reads() {
    return read;
  }

  /** The change rests on something that ends then. */
  void until(Instant end) {
    until = end.isBefore(until) ? end : until;
  }

  /** Whether every row that it read is still the same, and what it rests on still lasts. */
  boolean holdsFor(Function<String, @Nullable RowState> rowsNow, Instant now) {
    if (!now.isBefore(until)) {
      return false;
    }
    for (Map.Entry<String, Optional<RowState>> one : read.entrySet()) {
      if (rowsNow.apply(one.getKey()) != one.getValue().orElse(null)) {
        return false;
      }
    }
    return true;
  }

  /** Whether it rests on a row like that. */
  boolean restsOn(Predicate<String> path) {
    return read.keySet().stream().anyMatch(path);
  }
}
