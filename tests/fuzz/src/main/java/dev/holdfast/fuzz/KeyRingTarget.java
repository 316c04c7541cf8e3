package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.store.seal.DataKeys;
import dev.holdfast.store.seal.KeyFailure;
import java.util.Arrays;
import java.util.List;

/** Stored rings of data keys: none is believed but one that was stored. */
final class KeyRingTarget implements Target {
  @Override
  public Class<?> reader() {
    return DataKeys.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(Bytes.of(FixedRing.RING.stored()));
  }

  @Override
  public void read(byte[] data) {
    DataKeys ring;
    try {
      ring = DataKeys.open(FixedRing.PROVIDER, data);
    } catch (KeyFailure refused) {
      return;
    }
    if (!Arrays.equals(ring.stored(), FixedRing.RING.stored())) {
      throw new IllegalStateException("a ring was believed that was never stored");
    }
  }
}
