package dev.holdfast.store.kv;

import com.google.protobuf.ByteString;

/**
 * The content of a row: up to 1 MiB, and opaque to the store.
 *
 * @param bytes the content
 */
public record Value(ByteString bytes) {
  /** The most bytes a value may have. */
  public static final int BYTES_MAX = 1 << 20;

  public Value {
    if (bytes.size() > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a value has up to %d bytes, not %d".formatted(BYTES_MAX, bytes.size()));
    }
  }

  /** The value whose bytes are the text in UTF-8. */
  public static Value of(String text) {
    return new Value(ByteString.copyFromUtf8(text));
  }

  /** Its size only: values may hold what must not be logged. */
  @Override
  public String toString() {
    return "Value[" + bytes.size() + " bytes]";
  }
}
