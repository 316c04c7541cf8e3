package dev.holdfast.store.ledger;

import com.google.protobuf.Message;
import org.jspecify.annotations.Nullable;

/**
 * Where one row lies within its shard, and what kind of row it is.
 *
 * @param kind its kind
 * @param path its key within the shard; it begins with the kind's prefix
 * @param <M> the row
 * @param <T> its value
 */
record RowKey<M extends Message, T>(Kind<M, T> kind, String path) {
  /** A path is of one kind. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RowKey<?, ?> key && key.path.equals(path);
  }

  @Override
  public int hashCode() {
    return path.hashCode();
  }

  /** What the path goes on with behind the kind's prefix: the name of the thing. */
  String rest() {
    return path.substring(kind.prefix().length());
  }
}
