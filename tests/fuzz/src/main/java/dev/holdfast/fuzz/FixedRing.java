package dev.holdfast.fuzz;

import com.google.protobuf.ByteString;
import dev.holdfast.store.seal.DataKeys;
import dev.holdfast.store.seal.KeyFailure;
import dev.holdfast.store.seal.KeyProvider;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;

/** A ring of data keys that is the same in every run, over a provider that hides nothing. */
final class FixedRing implements KeyProvider {
  static final FixedRing PROVIDER = new FixedRing();
  static final DataKeys RING =
      DataKeys.create(PROVIDER, chance(), Instant.EPOCH)
          .rotated(PROVIDER, chance(), Instant.EPOCH.plusMillis(1));

  private FixedRing() {}

  private static SecureRandom chance() {
    try {
      SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
      random.setSeed("the same in every run".getBytes(StandardCharsets.US_ASCII));
      return random;
    } catch (GeneralSecurityException bug) {
      throw new IllegalStateException(bug);
    }
  }

  @Override
  public String wrappingKeyId() {
    return "none";
  }

  @Override
  public Wrapped wrap(byte[] dataKey, byte[] context) {
    return new Wrapped("none", ByteString.copyFrom(dataKey));
  }

  @Override
  public byte[] unwrap(Wrapped wrapped, byte[] context) {
    if (wrapped.bytes().size() != DATA_KEY_BYTES) {
      throw new KeyFailure(KeyFailure.Reason.DATA_KEY_BROKEN, "not 32 bytes");
    }
    return wrapped.bytes().toByteArray();
  }

  @Override
  public String rotate() {
    return "none";
  }

  @Override
  public void reload() {}

  @Override
  public void close() {}
}
