package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import java.io.ByteArrayOutputStream;

/**
 * A message being written: numbers with the least significant byte first (DSP0274, byte ordering).
 */
final class MessageWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  MessageWriter u8(int value) {
    out.write(value);
    return this;
  }

  MessageWriter u16(int value) {
    return u8(value).u8(value >> 8);
  }

  MessageWriter u24(int value) {
    return u16(value).u8(value >> 16);
  }

  MessageWriter u32(long value) {
    return u16((int) value).u16((int) (value >> 16));
  }

  MessageWriter zeros(int count) {
    for (int i = 0; i < count; i++) {
      out.write(0);
    }
    return this;
  }

  MessageWriter bytes(Bytes bytes) {
    out.writeBytes(bytes.toByteArray());
    return this;
  }

  /** The four bytes that every message begins with. */
  MessageWriter header(int version, int code, int parameter1, int parameter2) {
    return u8(version).u8(code).u8(parameter1).u8(parameter2);
  }

  Bytes done() {
    return Bytes.of(out.toByteArray());
  }
}
