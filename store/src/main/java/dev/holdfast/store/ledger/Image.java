package dev.holdfast.store.ledger;

import com.google.protobuf.Message;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.proto.QuarantinedRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePSet;

/**
 * Everything that a shard holds at one revision, as one immutable value: the stored rows, and what
 * follows from them. The next image shares all that did not change.
 *
 * @param revision the store's revision
 * @param head what the shard says of itself
 * @param rows every row by its path
 * @param unreadable the paths of those that cannot be used
 */
record Image(long revision, Head head, RowMap rows, TreePSet<String> unreadable) {
  /** The same rows under another head. */
  Image with(Head next) {
    return new Image(Math.max(revision, next.revision()), next, rows, unreadable);
  }

  /** The same, but for rows that somebody else changed. */
  Image quarantining(Collection<RowState.Damaged> foreign) {
    var changed = new HashMap<String, Optional<RowState>>();
    TreePSet<String> known = unreadable;
    var quarantine = new TreeMap<String, QuarantinedRow>();
    head.quarantine().forEach(row -> quarantine.put(row.getPath(), row));
    for (RowState.Damaged row : foreign) {
      changed.put(row.path(), Optional.of(row));
      known = known.plus(row.path());
      quarantine.put(row.path(), row.quarantined());
    }
    return new Image(
        revision, head.with(List.copyOf(quarantine.values())), rows.with(changed), known);
  }

  /** A row that somebody else has just changed. */
  RowState.Damaged foreign(String path, long changed) {
    return RowState.Damaged.foreign(path, changed, Optional.ofNullable(rows.get(path)));
  }

  @Nullable RowState get(String path) {
    return rows.get(path);
  }

  <M extends Message, T> Optional<Stored<T>> value(RowKey<M, T> key) {
    return Optional.ofNullable(rows.get(key.path()))
        .map(entry -> new Stored<>(entry.value(key), entry.revision()));
  }

  /** The rows of one kind whose paths begin so, in the order of the paths. */
  Stream<RowState> under(String prefix) {
    return rows.under(prefix);
  }

  /**
   * Lists rows of one kind.
   *
   * @param under what their names begin with; empty: all
   * @param after the name to go on behind; empty: from the first
   */
  <M extends Message, T> Listing<T> list(
      Kind<M, T> kind, String under, Optional<String> after, int limit) {
    String begin = kind.prefix() + under;
    // No path comes between one and the same with this behind it.
    String least = after.map(name -> kind.prefix() + name + '\0').orElse("");
    Stream<RowState> range =
        least.compareTo(begin) <= 0
            ? under(begin)
            : rows.from(least).takeWhile(row -> row.path().startsWith(begin));
    var found = new ArrayList<Stored<T>>();
    var unreadable = new ArrayList<String>();
    int left = limit;
    for (RowState entry : (Iterable<RowState>) range::iterator) {
      if (left-- == 0) {
        return new Listing<>(found, unreadable, revision, true);
      }
      read(kind, entry).ifPresentOrElse(found::add, () -> unreadable.add(entry.path()));
    }
    return new Listing<>(found, unreadable, revision, false);
  }

  /** The value of a row; empty where there is none to be had from it. */
  static <M extends Message, T> Optional<Stored<T>> read(Kind<M, T> kind, RowState entry) {
    try {
      var key = new RowKey<>(kind, entry.path());
      return Optional.of(new Stored<>(entry.value(key), entry.revision()));
    } catch (Refusal damaged) {
      return Optional.empty();
    }
  }
}
