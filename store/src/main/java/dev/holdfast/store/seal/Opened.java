package dev.holdfast.store.seal;

import com.google.protobuf.ByteString;

/** What opening a sealed row came to. */
public sealed interface Opened {
  /**
   * It is as it was sealed, for this key.
   *
   * @param version the row's own version, as it was sealed
   * @param bytes what was sealed
   * @param keyId the data key that it is sealed under
   */
  record Plain(long version, ByteString bytes, int keyId) implements Opened {
    /** Its size only. */
    @Override
    public String toString() {
      return "Plain[version %d, %d bytes, key %d]".formatted(version, bytes.size(), keyId);
    }
  }

  /**
   * It was not sealed under this ring for this key, or was changed since.
   *
   * @param why in words for an operator
   */
  record Broken(String why) implements Opened {}
}
