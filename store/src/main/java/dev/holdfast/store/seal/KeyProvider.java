package dev.holdfast.store.seal;

import com.google.protobuf.ByteString;

/**
 * Where wrapping keys live: it wraps and unwraps data keys, and never shows what it wraps them
 * with. Safe for use by many threads.
 */
public interface KeyProvider extends AutoCloseable {
  /** The size of a data key. */
  int DATA_KEY_BYTES = 32;

  /** The most bytes of an id of a wrapping key, all of them printable ASCII. */
  int ID_BYTES_MAX = 128;

  /** The most bytes of a wrapped data key. */
  int WRAPPED_BYTES_MAX = 128;

  /** The id of the key that wraps at present. */
  String wrappingKeyId();

  /**
   * Wraps a data key under the present wrapping key.
   *
   * @param dataKey {@value #DATA_KEY_BYTES} bytes
   * @param context what the key is for; it unwraps for nothing else
   * @throws KeyFailure when the wrapping key cannot be used
   */
  Wrapped wrap(byte[] dataKey, byte[] context);

  /**
   * Unwraps a data key, under the wrapping key that wrapped it.
   *
   * @throws KeyFailure when that key is not here, or the data key is broken or for another context
   */
  byte[] unwrap(Wrapped wrapped, byte[] context);

  /**
   * Makes a new wrapping key, which wraps from now on; the old ones still unwrap.
   *
   * @return its id
   * @throws KeyFailure when it cannot be made or kept
   */
  String rotate();

  /**
   * Looks for wrapping keys that were added since, by another replica or an operator: the newest
   * one wraps from now on.
   *
   * @throws KeyFailure when the keys cannot be read; what was known is then still used
   */
  void reload();

  /** Lets go of the keys. */
  @Override
  void close();

  /**
   * A data key as it may be stored.
   *
   * @param wrappingKeyId the id of the key that wrapped it
   * @param bytes the key, sealed
   */
  record Wrapped(String wrappingKeyId, ByteString bytes) {
    /** Checks the sizes. */
    public Wrapped {
      if (wrappingKeyId.isEmpty()
          || wrappingKeyId.length() > ID_BYTES_MAX
          || wrappingKeyId.chars().anyMatch(one -> one < 0x20 || one > 0x7e)) {
        throw new IllegalArgumentException("an id of a wrapping key is printable ASCII");
      }
      if (bytes.isEmpty() || bytes.size() > WRAPPED_BYTES_MAX) {
        throw new IllegalArgumentException("a wrapped key has 1 to 128 bytes");
      }
    }
  }
}
