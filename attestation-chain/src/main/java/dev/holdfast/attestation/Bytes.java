package dev.holdfast.attestation;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/** An immutable string of bytes that is equal to any other with the same content. */
public final class Bytes {
  /** No bytes at all. */
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] content;

  private Bytes(byte[] content) {
    this.content = content;
  }

  /** A copy of the given bytes. */
  public static Bytes of(byte... content) {
    return content.length == 0 ? EMPTY : new Bytes(content.clone());
  }

  /** A copy of the part {@code from} (inclusive) to {@code to} (exclusive) of the given bytes. */
  public static Bytes copyOf(byte[] content, int from, int to) {
    return new Bytes(Arrays.copyOfRange(content, from, to));
  }

  /** The UTF-8 form of a text. */
  public static Bytes utf8(String text) {
    return new Bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads hexadecimal digits of either case.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static Bytes fromHex(String hex) {
    return new Bytes(HexFormat.of().parseHex(hex));
  }

  /** All parts, one after the other. */
  public static Bytes concat(Bytes... parts) {
    int length = 0;
    for (Bytes part : parts) {
      length = Math.addExact(length, part.content.length);
    }
    byte[] all = new byte[length];
    int at = 0;
    for (Bytes part : parts) {
      System.arraycopy(part.content, 0, all, at, part.content.length);
      at += part.content.length;
    }
    return new Bytes(all);
  }

  /** How many there are. */
  public int length() {
    return content.length;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return content.length == 0;
  }

  /** The byte at a position, 0 to 255. */
  public int at(int position) {
    return content[position] & 0xff;
  }

  /** The part {@code from} (inclusive) to {@code to} (exclusive). */
  public Bytes slice(int from, int to) {
    if (from < 0 || to < from || to > content.length) {
      throw new IndexOutOfBoundsException(from + " to " + to + " of " + content.length);
    }
    return new Bytes(Arrays.copyOfRange(content, from, to));
  }

  /** A copy that the caller may change. */
  public byte[] toByteArray() {
    return content.clone();
  }

  /** A read-only view, without a copy. */
  public ByteBuffer asByteBuffer() {
    return ByteBuffer.wrap(content).asReadOnlyBuffer();
  }

  /** Feeds the content to a digest, without a copy. */
  public void updateInto(MessageDigest digest) {
    digest.update(content);
  }

  /** Lowercase hexadecimal digits. */
  public String hex() {
    return HexFormat.of().formatHex(content);
  }

  /** Equality of content, in time that depends on the lengths only. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && MessageDigest.isEqual(content, bytes.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  /** The length and at most the first 8 bytes, so that no log line grows with its subject. */
  @Override
  public String toString() {
    String head = HexFormat.of().formatHex(content, 0, Math.min(8, content.length));
    return content.length
        + " bytes"
        + (content.length == 0 ? "" : " " + head)
        + (content.length > 8 ? "…" : "");
  }
}
