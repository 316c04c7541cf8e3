package dev.holdfast.store.seal;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.holdfast.store.seal.KeyFailure.Reason;
import dev.holdfast.store.seal.KeyProvider.Wrapped;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.ProviderException;

/**
 * How data keys are wrapped: by AES-256-GCM, with the id of the wrapping key and the context as
 * associated data. A wrapped key has 60 bytes: nonce, sealed key, tag.
 */
final class Wrapping {
  private static final byte[] TAG = "holdfast/wrapped-key/v1".getBytes(StandardCharsets.US_ASCII);
  private static final int WRAPPED_BYTES =
      GcmKey.NONCE_BYTES + KeyProvider.DATA_KEY_BYTES + GcmKey.TAG_BYTES;

  private Wrapping() {}

  static Wrapped wrap(GcmKey key, String id, byte[] dataKey, byte[] context) {
    if (dataKey.length != KeyProvider.DATA_KEY_BYTES) {
      throw new IllegalArgumentException("a data key has 32 bytes, not " + dataKey.length);
    }
    ByteBuffer out = ByteBuffer.allocate(WRAPPED_BYTES);
    try {
      key.seal(associated(id, context), ByteBuffer.wrap(dataKey), out);
    } catch (GeneralSecurityException | ProviderException e) {
      throw unusable(id, e);
    }
    return new Wrapped(id, UnsafeByteOperations.unsafeWrap(out.flip()));
  }

  static byte[] unwrap(GcmKey key, Wrapped wrapped, byte[] context) {
    String id = wrapped.wrappingKeyId();
    ByteString bytes = wrapped.bytes();
    try {
      return key.open(associated(id, context), bytes.asReadOnlyByteBuffer())
          .filter(plain -> plain.length == KeyProvider.DATA_KEY_BYTES)
          .orElseThrow(
              () ->
                  new KeyFailure(
                      Reason.DATA_KEY_BROKEN,
                      "a data key does not unwrap under wrapping key %s: it was changed, or moved here from elsewhere. Restore the store from a back-up."
                          .formatted(id)));
    } catch (GeneralSecurityException | ProviderException e) {
      throw unusable(id, e);
    }
  }

  static KeyFailure missing(String id, String where) {
    return new KeyFailure(
        Reason.WRAPPING_KEY_MISSING,
        "wrapping key %s is not in %s. Restore it: without it nothing that it wrapped can be read."
            .formatted(id, where));
  }

  private static KeyFailure unusable(String id, Exception e) {
    return new KeyFailure(Reason.TOKEN_UNUSABLE, "wrapping key " + id + " cannot be used", e);
  }

  private static byte[] associated(String id, byte[] context) {
    byte[] name = id.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(TAG.length + 1 + name.length + context.length)
        .put(TAG)
        .put((byte) name.length)
        .put(name)
        .put(context)
        .array();
  }
}
