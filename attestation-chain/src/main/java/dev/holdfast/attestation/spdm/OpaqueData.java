package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.Optional;

/**
 * What a vendor adds to signed measurements: in 1.1 fields of type, length and value, as GPUs and
 * switches of NVIDIA send them; in 1.2 what the negotiation chose (DSP0274 1.2, ALGORITHMS,
 * OtherParamsSelection).
 */
final class OpaqueData {
  /** The type of the field that holds the digest of the layer that signs. */
  static final int FWID = 20;

  /** OpaqueDataFmt0: the vendor's own. */
  static final int FORMAT_0 = 1;

  /** OpaqueDataFmt1: elements that name their owner. */
  static final int FORMAT_1 = 1 << 1;

  private static final int FORMATS = 0x0f;
  private static final int ALIGNMENT = 4;

  private OpaqueData() {}

  /**
   * Checks that the data add up, and looks for a digest in them.
   *
   * @throws MalformedException if they do not
   */
  static Optional<Bytes> fwid(Bytes data, Optional<MeasurementTranscript.Negotiation> negotiation) {
    if (negotiation.isEmpty()) {
      return fields(data);
    }
    int format = negotiation.get().chosen().otherParameters() & FORMATS;
    switch (format) {
      case 0 -> {
        if (!data.isEmpty()) {
          throw new MalformedException("opaque data came where none was agreed on");
        }
      }
      case FORMAT_0 -> {
        // The vendor's own: nothing can be said of it.
      }
      case FORMAT_1 -> elements(data);
      default -> throw new MalformedException("no known format of opaque data was chosen");
    }
    return Optional.empty();
  }

  private static Optional<Bytes> fields(Bytes data) {
    ByteCursor cursor = ByteCursor.littleEndian(data);
    Optional<Bytes> fwid = Optional.empty();
    while (cursor.remaining() > 0) {
      int type = cursor.u16("the type of an opaque field");
      int length = cursor.u16("the length of an opaque field");
      Bytes value = cursor.take(length, "opaque field " + type);
      if (type == FWID) {
        if (fwid.isPresent()) {
          throw new MalformedException("the opaque data hold two digests");
        }
        fwid = Optional.of(value);
      }
    }
    return fwid;
  }

  /** General opaque data (DSP0274 1.2, general opaque data format). */
  static void elements(Bytes data) {
    if (data.isEmpty()) {
      return;
    }
    ByteCursor cursor = ByteCursor.littleEndian(data);
    int count = cursor.u8("the number of opaque elements");
    cursor.take(3, "reserved bytes");
    for (int i = 0; i < count; i++) {
      cursor.u8("the owner of an opaque element");
      int vendor = cursor.u8("the length of a vendor's name");
      cursor.take(vendor, "a vendor's name");
      int length = cursor.u16("the length of an opaque element");
      cursor.take(length, "an opaque element");
      int past = cursor.position() % ALIGNMENT;
      cursor.take(past == 0 ? 0 : ALIGNMENT - past, "the padding of an opaque element");
    }
    cursor.end("the opaque data");
  }
}
