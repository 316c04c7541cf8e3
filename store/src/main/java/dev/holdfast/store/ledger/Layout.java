package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import java.util.regex.Pattern;

/**
 * Where a shard lies in the store: {@code holdfast/v1/SHARD/} with {@code leader}, {@code head},
 * {@code keys} and, under {@code row/}, all that it holds.
 */
final class Layout {
  private static final String ROOT = "holdfast/v1/";
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");

  private final String prefix;
  private final ByteString rows;
  private final Key leader;
  private final Key head;
  private final Key keys;

  /**
   * Lays out a shard.
   *
   * @param shard its name: 1 to 63 of a-z, 0-9 and -, a letter first
   */
  Layout(String shard) {
    requireName(shard);
    this.prefix = ROOT + shard + "/";
    this.rows = ByteString.copyFromUtf8(prefix + "row/");
    this.leader = Key.of(prefix + "leader");
    this.head = Key.of(prefix + "head");
    this.keys = Key.of(prefix + "keys");
  }

  static void requireName(String shard) {
    if (!NAME.matcher(shard).matches()) {
      throw new IllegalArgumentException(
          "a shard is named by 1 to 63 of a-z, 0-9 and -, a letter first");
    }
  }

  /** Who leads. */
  Key leader() {
    return leader;
  }

  /** What the shard says of itself. */
  Key head() {
    return head;
  }

  /** The wrapped data keys. */
  Key keys() {
    return keys;
  }

  /** Everything of the shard. */
  KeyRange all() {
    return KeyRange.prefix(Key.of(prefix));
  }

  /** The rows whose paths begin so. */
  KeyRange rows(String path) {
    return KeyRange.prefix(row(path));
  }

  /** The key of a row. */
  Key row(String path) {
    return new Key(rows.concat(ByteString.copyFromUtf8(path)));
  }

  /** Whether a key is one of a row. */
  boolean isRow(Key key) {
    return key.bytes().startsWith(rows);
  }

  /** The path of a row by its key. */
  String path(Key key) {
    return key.bytes().substring(rows.size()).toStringUtf8();
  }
}
