package dev.holdfast.store.ledger;

import com.google.protobuf.Message;

/**
 * Where one row lies within its shard, and what kind of row it is.
 *
 * @param kind its kind
 * @param path its key within the shard; it begins with the kind's prefix
 * @param <M> the row
 * @param <T> its value
 */
record RowKey<M extends Message, T>(Kind<M, T> kind, String path) {
  /** What the path goes on with behind the kind's prefix: the name of the thing. */
  String rest() {
    return path.substring(kind.prefix().length());
  }
}
