package dev.holdfast.store.kv;

import com.google.protobuf.ByteString;

/**
 * The name of a row: 1 to 512 bytes, ordered as unsigned bytes.
 *
 * @param bytes the name
 */
public record Key(ByteString bytes) implements Comparable<Key> {
  /** The most bytes a key may have. */
  public static final int BYTES_MAX = 512;

  public Key {
    if (bytes.isEmpty() || bytes.size() > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a key has 1 to %d bytes, not %d".formatted(BYTES_MAX, bytes.size()));
    }
  }

  /** The key whose bytes are the text in UTF-8. */
  public static Key of(String text) {
    return new Key(ByteString.copyFromUtf8(text));
  }

  @Override
  public int compareTo(Key other) {
    return ByteString.unsignedLexicographicalComparator().compare(bytes, other.bytes);
  }

  /** The bytes as UTF-8, for messages. */
  @Override
  public String toString() {
    return bytes.toStringUtf8();
  }
}
