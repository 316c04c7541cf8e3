package dev.holdfast.store.ledger;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Snapshot;
import java.util.ArrayList;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;

/**
 * How rows of one kind are read.
 *
 * @param prefix of their keys
 * @param parser of their bytes
 * @param value makes the value from the key's rest and the row; it throws on what makes none
 * @param <M> the message
 * @param <T> the value
 */
record Reader<M extends Message, T>(
    String prefix, Parser<M> parser, BiFunction<String, M, T> value) {
  /** The value of a row; empty where there is none to be had from it. */
  Optional<Stored<T>> read(Row row) {
    try {
      String rest = row.key().toString().substring(prefix.length());
      M message = parser.parseFrom(row.value().bytes());
      return Optional.of(new Stored<>(value.apply(rest, message), row.modRevision()));
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty();
    } catch (RuntimeException e) {
      // Rows are written by other releases too: whatever is wrong with one must not stop the
      // others.
      return Optional.empty();
    }
  }

  /** Reads one row, which must be readable. */
  Optional<Stored<T>> get(Transactor transactor, Key key) {
    return transactor.guarded(
        () ->
            transactor.store().get(key).rows().stream()
                .findFirst()
                .map(
                    row ->
                        read(row)
                            .orElseThrow(
                                () ->
                                    Draft.unreadable(
                                        key, new IllegalArgumentException("no valid row")))));
  }

  /**
   * Lists rows.
   *
   * @param under what their keys go on with behind the prefix; empty: all
   * @param after the key's rest to go on behind; empty: from the first
   */
  Listing<T> list(Transactor transactor, String under, Optional<String> after, int limit) {
    KeyRange all = Keys.under(prefix + under);
    Optional<KeyRange> range =
        after.isPresent() ? all.after(Key.of(prefix + after.get())) : Optional.of(all);
    Snapshot found =
        transactor.guarded(
            () -> transactor.store().range(range.orElse(all), OptionalLong.empty(), limit));
    var rows = new ArrayList<Stored<T>>();
    var unreadable = new ArrayList<String>();
    if (range.isPresent()) {
      for (Row row : found.rows()) {
        read(row).ifPresentOrElse(rows::add, () -> unreadable.add(row.key().toString()));
      }
    }
    return new Listing<>(rows, unreadable, found.revision(), range.isPresent() && found.more());
  }
}
