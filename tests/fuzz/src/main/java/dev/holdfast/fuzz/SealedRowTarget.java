package dev.holdfast.fuzz;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.seal.Opened;
import dev.holdfast.store.seal.Sealer;
import dev.holdfast.store.seal.SetDigest;
import java.util.List;

/** Sealed rows: whatever is read has its reason or its row, and that at its own key only. */
final class SealedRowTarget implements Target {
  private static final Key KEY = Key.of("a row");
  private static final Key OTHER = Key.of("another row");

  private final Sealer sealer = FixedRing.RING.sealer();

  @Override
  public Class<?> reader() {
    return Sealer.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.of(sealer.seal(KEY, 1, ByteString.EMPTY).toByteArray()),
        Bytes.of(sealer.seal(KEY, 2, ByteString.copyFromUtf8("what it says")).toByteArray()));
  }

  @Override
  public void read(byte[] data) {
    ByteString sealed = ByteString.copyFrom(data);
    switch (sealer.open(KEY, sealed)) {
      case Opened.Plain(long version, ByteString bytes, int keyId) -> {
        if (version < 0
            || !FixedRing.RING.ids().contains(keyId)
            || bytes.size() + Sealer.OVERHEAD_BYTES != data.length) {
          throw new IllegalStateException("what was opened is not what was sealed");
        }
        if (!(sealer.open(OTHER, sealed) instanceof Opened.Broken)) {
          throw new IllegalStateException("a row opens at another key");
        }
      }
      case Opened.Broken(String why) -> {
        if (why.isEmpty()) {
          throw new IllegalStateException("no reason");
        }
      }
    }
    SetDigest one = sealer.element(KEY, sealed);
    if (!SetDigest.EMPTY.plus(one).minus(one).equals(SetDigest.EMPTY)) {
      throw new IllegalStateException("a row cannot be taken out again");
    }
  }
}
