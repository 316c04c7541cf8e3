package dev.holdfast.attestation.codec;

import dev.holdfast.attestation.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A position in bytes from outside; every read is checked against what is left, and against a
 * maximum before anything is allocated.
 */
public final class ByteCursor {
  private final Bytes source;
  private final ByteBuffer buffer;

  private ByteCursor(Bytes source, ByteOrder order) {
    this.source = source;
    this.buffer = source.asByteBuffer().order(order);
  }

  /** At the start of bytes whose numbers have the most significant byte first (TPM). */
  public static ByteCursor bigEndian(Bytes source) {
    return new ByteCursor(source, ByteOrder.BIG_ENDIAN);
  }

  /** At the start of bytes whose numbers have the least significant byte first (UEFI, Intel). */
  public static ByteCursor littleEndian(Bytes source) {
    return new ByteCursor(source, ByteOrder.LITTLE_ENDIAN);
  }

  /** How many bytes were read. */
  public int position() {
    return buffer.position();
  }

  /** How many are left. */
  public int remaining() {
    return buffer.remaining();
  }

  /** An unsigned 8-bit number. */
  public int u8(String what) {
    require(1, what);
    return buffer.get() & 0xff;
  }

  /** An unsigned 16-bit number. */
  public int u16(String what) {
    require(2, what);
    return buffer.getShort() & 0xffff;
  }

  /** An unsigned 32-bit number. */
  public long u32(String what) {
    require(4, what);
    return buffer.getInt() & 0xffffffffL;
  }

  /** An unsigned 64-bit number, as the long with the same bits. */
  public long u64(String what) {
    require(8, what);
    return buffer.getLong();
  }

  /** The next so many bytes. */
  public Bytes take(int length, String what) {
    require(length, what);
    int from = buffer.position();
    buffer.position(from + length);
    return source.slice(from, from + length);
  }

  /** Passes over the next so many bytes. */
  public void skip(int length, String what) {
    require(length, what);
    buffer.position(buffer.position() + length);
  }

  /** A size as an unsigned 16-bit number, and so many bytes (TPM2B). */
  public Bytes sized16(int maxBytes, String what) {
    int size = u16(what);
    if (size > maxBytes) {
      throw new MalformedException(what + " has " + size + " bytes, more than " + maxBytes);
    }
    return take(size, what);
  }

  /** Refuses bytes that nothing accounts for. */
  public void end(String what) {
    if (buffer.hasRemaining()) {
      throw new MalformedException(buffer.remaining() + " bytes follow the end of " + what);
    }
  }

  private void require(int length, String what) {
    if (buffer.remaining() < length) {
      throw MalformedException.truncated(
          what
              + " needs "
              + length
              + " bytes at "
              + buffer.position()
              + ", and "
              + buffer.remaining()
              + " are left");
    }
  }
}
