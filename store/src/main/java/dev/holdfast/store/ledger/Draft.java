package dev.holdfast.store.ledger;

import com.google.protobuf.Message;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.proto.QuarantinedRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One change as it is decided: the rows that the decision was made from, and the rows that it
 * changes. It does no I/O.
 */
final class Draft {
  /** How many rows a reservation on a pathway of four nodes reads, and some more. */
  private static final int READS = 24;

  private final Optional<RowMap> origin;
  private final Function<String, @Nullable RowState> rows;
  private final Map<String, Reading> read = HashMap.newHashMap(READS);
  private final Map<String, Change> changes = new LinkedHashMap<>();
  private final List<String> chains = new ArrayList<>();
  private Instant until = Instant.MAX;

  /**
   * A row that was read.
   *
   * @param was what was there
   * @param enough what else may be there, so that the decision is the same; empty: nothing
   */
  private record Reading(Optional<RowState> was, Optional<Predicate<Optional<RowState>>> enough) {
    @SuppressWarnings("ReferenceEquality") // a state is itself, whatever another one says
    boolean holdsFor(@Nullable RowState now) {
      return now == was.orElse(null)
          || (enough.isPresent() && enough.get().test(Optional.ofNullable(now)));
    }
  }

  /** Begins a change to the rows of a map. */
  Draft(RowMap rows) {
    this(Optional.of(rows), rows::get);
  }

  /** Begins a change to rows that are found by their paths, and that no map has. */
  Draft(Function<String, @Nullable RowState> rows) {
    this(Optional.empty(), rows);
  }

  private Draft(Optional<RowMap> origin, Function<String, @Nullable RowState> rows) {
    this.origin = origin;
    this.rows = rows;
  }

  /** What becomes of one row. */
  sealed interface Change {
    /** It holds this. */
    record Put(RowKey<?, ?> key, Message message) implements Change {}

    /**
     * It is not stored, and means from then on what comes of what it meant before.
     *
     * @param step empty where there is nothing
     */
    record Derive<T>(RowKey<?, T> key, UnaryOperator<Optional<T>> step) implements Change {
      Optional<RowState> of(@Nullable RowState before) {
        Optional<T> value = Optional.ofNullable(before).map(row -> row.value(key));
        return step.apply(value).map(next -> RowState.Sound.derived(key, next));
      }
    }

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

  /**
   * Reads what a row means, where the decision is the same for everything that is {@code enough}.
   *
   * @throws Refusal where the row cannot be read
   */
  <T> Optional<T> value(RowKey<?, T> key, Predicate<Optional<T>> enough) {
    Predicate<Optional<RowState>> readable =
        now ->
            now.isEmpty()
                ? enough.test(Optional.empty())
                : now.get() instanceof RowState.Sound row
                    && enough.test(Optional.of(row.value(key)));
    return entry(key, Optional.of(readable)).map(entry -> entry.value(key));
  }

  private Optional<RowState> entry(RowKey<?, ?> key) {
    return entry(key, Optional.empty());
  }

  private Optional<RowState> entry(
      RowKey<?, ?> key, Optional<Predicate<Optional<RowState>>> enough) {
    String path = key.path();
    if (changes.containsKey(path)) {
      throw new IllegalStateException(path + " is read after it was changed");
    }
    Reading before = read.get(path);
    if (before != null && before.enough().isEmpty()) {
      return before.was();
    }
    Reading reading =
        before == null
            ? new Reading(Optional.ofNullable(rows.apply(path)), enough)
            : new Reading(before.was(), before.enough().flatMap(one -> enough.map(one::and)));
    read.put(path, reading);
    if (before == null && Kinds.CHAIN.equals(key.kind())) {
      chains.add(path);
    }
    return reading.was();
  }

  <M extends Message> void put(RowKey<M, ?> key, M message) {
    changes.put(key.path(), new Change.Put(key, message));
  }

  /** What follows from the other changes, of a kind that is not stored. */
  <T> void derive(RowKey<?, T> key, UnaryOperator<Optional<T>> step) {
    changes.put(key.path(), new Change.Derive<>(key, step));
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

  /** The paths of the chains that it rests on. */
  List<String> chains() {
    return chains;
  }

  /** The change rests on something that ends then. */
  void until(Instant end) {
    until = end.isBefore(until) ? end : until;
  }

  /** The rows that it was decided on, where one map has them all. */
  Optional<RowMap> origin() {
    return origin;
  }

  /**
   * Whether it would be decided so on these rows too, and what it rests on still lasts.
   *
   * @param changed whether the row of a path may have changed since
   */
  boolean holdsFor(
      Function<String, @Nullable RowState> rowsNow, Predicate<String> changed, Instant now) {
    if (!now.isBefore(until)) {
      return false;
    }
    for (Map.Entry<String, Reading> one : read.entrySet()) {
      String path = one.getKey();
      if (changed.test(path) && !one.getValue().holdsFor(rowsNow.apply(path))) {
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
