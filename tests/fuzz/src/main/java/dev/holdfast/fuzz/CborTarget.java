package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.List;

/** CBOR: what is read can be written, and reads the same again. */
final class CborTarget implements Target {
  @Override
  public Class<?> reader() {
    return Cbor.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.fromHex("a401430102036161f520f60282053818"),
        Bytes.fromHex("9f015f41aa41bbffbf6161fb3ff8000000000000ffff"),
        Bytes.fromHex("d83dd2a1181a1b7fffffffffffffff"));
  }

  /** One item. */
  @Override
  public void read(byte[] data) {
    Cbor.Limits limits = Cbor.Limits.of(4096);
    Cbor read;
    try {
      read = Cbor.parse(Bytes.of(data), limits, "the input");
    } catch (MalformedException refused) {
      return;
    }
    Cbor again = Cbor.parse(read.encode(), Cbor.Limits.of(16 * 1024), "what was written");
    if (!again.equals(read)) {
      throw new IllegalStateException("what was written reads as something else");
    }
  }
}
