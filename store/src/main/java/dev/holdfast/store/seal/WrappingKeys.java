package dev.holdfast.store.seal;

import com.google.protobuf.UnsafeByteOperations;
import dev.holdfast.store.seal.KeyFailure.Reason;
import dev.holdfast.store.seal.KeyProvider.Wrapped;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.ProviderException;
import java.util.Map;
import java.util.Optional;

/**
 * The wrapping keys that a provider has found. They wrap by AES-256-GCM, with their id and the
 * context as associated data; a wrapped key has 60 bytes: nonce, sealed key, tag.
 *
 * @param byId all of them
 * @param present the id of the one that wraps
 */
record WrappingKeys(Map<String, GcmKey> byId, String present) {
  private static final byte[] TAG = "holdfast/wrapped-key/v1".getBytes(StandardCharsets.US_ASCII);
  private static final int WRAPPED_BYTES =
      GcmKey.NONCE_BYTES + KeyProvider.DATA_KEY_BYTES + GcmKey.TAG_BYTES;

  WrappingKeys {
    byId = Map.copyOf(byId);
    if (!byId.containsKey(present)) {
      throw new IllegalArgumentException(present + " is not among the wrapping keys");
    }
  }

  boolean has(String id) {
    return byId.containsKey(id);
  }

  Wrapped wrap(byte[] dataKey, byte[] context) {
    if (dataKey.length != KeyProvider.DATA_KEY_BYTES) {
      throw new IllegalArgumentException("a data key has 32 bytes, not " + dataKey.length);
    }
    ByteBuffer out = ByteBuffer.allocate(WRAPPED_BYTES);
    try {
      key(present).seal(associated(present, context), ByteBuffer.wrap(dataKey), out);
    } catch (GeneralSecurityException | ProviderException e) {
      throw unusable(present, e);
    }
    return new Wrapped(present, UnsafeByteOperations.unsafeWrap(out.flip()));
  }

  byte[] unwrap(Wrapped wrapped, byte[] context) {
    String id = wrapped.wrappingKeyId();
    Optional<byte[]> plain;
    try {
      plain = key(id).open(associated(id, context), wrapped.bytes().asReadOnlyByteBuffer());
    } catch (GeneralSecurityException | ProviderException e) {
      throw unusable(id, e);
    }
    return plain
        .filter(key -> key.length == KeyProvider.DATA_KEY_BYTES)
        .orElseThrow(
            () ->
                new KeyFailure(
                    Reason.DATA_KEY_BROKEN,
                    ("a data key does not unwrap under wrapping key %s: it was changed, or moved"
                            + " here from elsewhere. Restore the store from a back-up.")
                        .formatted(id)));
  }

  private GcmKey key(String id) {
    GcmKey key = byId.get(id);
    if (key == null) {
      throw new KeyFailure(
          Reason.WRAPPING_KEY_MISSING,
          ("wrapping key %s is not among those that there are. Restore it: without it nothing"
                  + " that it wrapped can be read.")
              .formatted(id));
    }
    return key;
  }

  private static KeyFailure unusable(String id, Exception e) {
    return new KeyFailure(Reason.TOKEN_UNUSABLE, "wrapping key %s cannot be used".formatted(id), e);
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
