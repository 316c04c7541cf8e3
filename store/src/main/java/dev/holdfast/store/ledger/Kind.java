package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * A kind of row: where its paths begin, and how it is stored.
 *
 * @param prefix of its paths
 * @param form how it is stored; empty for what is not: it follows from stored rows, and is made
 *     anew whenever a shard is read
 * @param <M> the row as it is stored
 * @param <T> what it means
 */
record Kind<M extends Message, T>(String prefix, Optional<Form<M, T>> form) {
  /**
   * How rows of a kind are stored.
   *
   * @param parser of their bytes
   * @param value makes the value from the path's rest and the row; it throws on what makes none
   */
  record Form<M extends Message, T>(Parser<M> parser, BiFunction<String, M, T> value) {}

  static <M extends Message, T> Kind<M, T> stored(
      String prefix, Parser<M> parser, BiFunction<String, M, T> value) {
    return new Kind<>(prefix, Optional.of(new Form<>(parser, value)));
  }

  /** The path of a row of this kind. */
  RowKey<M, T> key(String rest) {
    return new RowKey<>(this, prefix + rest);
  }

  /** Whether its rows are stored. */
  boolean durable() {
    return form.isPresent();
  }

  M parse(ByteString bytes) throws InvalidProtocolBufferException {
    return form.orElseThrow().parser().parseFrom(bytes);
  }

  T value(String rest, M row) {
    return form.orElseThrow().value().apply(rest, row);
  }
}
