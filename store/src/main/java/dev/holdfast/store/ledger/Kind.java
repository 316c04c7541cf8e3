package dev.holdfast.store.ledger;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.util.function.BiFunction;

/**
 * A kind of row: where its keys begin, how its bytes are read, and what they mean.
 *
 * @param prefix of its keys, within a shard
 * @param durable whether its rows are stored; those of other kinds follow from stored ones, and are
 *     made anew whenever a shard is read
 * @param parser of its bytes
 * @param value makes the value from the key's rest and the row; it throws on what makes none
 * @param <M> the row
 * @param <T> its value
 */
record Kind<M extends Message, T>(
    String prefix, boolean durable, Parser<M> parser, BiFunction<String, M, T> value) {
  /** A key of this kind. */
  RowKey<M, T> key(String rest) {
    return new RowKey<>(this, prefix + rest);
  }

  M parse(com.google.protobuf.ByteString bytes) throws InvalidProtocolBufferException {
    return parser.parseFrom(bytes);
  }
}
