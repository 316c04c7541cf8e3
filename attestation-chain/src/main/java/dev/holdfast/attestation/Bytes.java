package dev.holdfast.attestation;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.SignatureException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/** An immutable string of bytes that is equal to any other with the same content. */
public final class Bytes {
  /** No bytes at all. */
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private static final int SHARED_MAX_BYTES = 64 * 1024;

  private final byte[] content;
  private final int from;
  private final int length;

  private Bytes(byte[] content) {
    this(content, 0, content.length);
  }

  private Bytes(byte[] content, int from, int length) {
    this.content = content;
    this.from = from;
    this.length = length;
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

  /** What a digest comes to over all that it was fed; it starts anew. */
  public static Bytes ofDigest(MessageDigest digest) {
    return new Bytes(digest.digest());
  }

  /** All parts, one after the other. */
  public static Bytes concat(Bytes... parts) {
    int length = 0;
    for (Bytes part : parts) {
      length = Math.addExact(length, part.length);
    }
    byte[] all = new byte[length];
    int at = 0;
    for (Bytes part : parts) {
      System.arraycopy(part.content, part.from, all, at, part.length);
      at += part.length;
    }
    return new Bytes(all);
  }

  /** How many there are. */
  public int length() {
    return length;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return length == 0;
  }

  /** The byte at a position, 0 to 255. */
  public int at(int position) {
    return content[from + Objects.checkIndex(position, length)] & 0xff;
  }

  /**
   * The part {@code start} (inclusive) to {@code end} (exclusive): a view of the same memory, which
   * stays as long as its smallest part; {@link #compact} where a small part outlives the whole.
   */
  public Bytes slice(int start, int end) {
    Objects.checkFromToIndex(start, end, length);
    return new Bytes(content, from + start, end - start);
  }

  /** The same bytes, in memory of their own if they hold on to 64 KiB more than they are. */
  public Bytes compact() {
    return content.length - length > SHARED_MAX_BYTES ? new Bytes(toByteArray()) : this;
  }

  /** Whether these begin with those. */
  public boolean startsWith(Bytes prefix) {
    return length >= prefix.length
        && Arrays.equals(
            content,
            from,
            from + prefix.length,
            prefix.content,
            prefix.from,
            prefix.from + prefix.length);
  }

  /** A copy that the caller may change. */
  public byte[] toByteArray() {
    return Arrays.copyOfRange(content, from, from + length);
  }

  /** Copies all of them into an array, from a position on. */
  public void copyInto(byte[] target, int at) {
    System.arraycopy(content, from, target, at, length);
  }

  /** A read-only view, without a copy; position 0 is the first byte. */
  public ByteBuffer asByteBuffer() {
    ByteBuffer whole = ByteBuffer.wrap(content).asReadOnlyBuffer();
    return length == content.length ? whole : whole.slice(from, length);
  }

  /** Feeds the content to a digest, without a copy. */
  public void updateInto(MessageDigest digest) {
    digest.update(content, from, length);
  }

  /** Feeds the content to a signature, without a copy. */
  public void updateInto(Signature signature) throws SignatureException {
    signature.update(content, from, length);
  }

  /** Lowercase hexadecimal digits. */
  public String hex() {
    return HexFormat.of().formatHex(content, from, from + length);
  }

  /** Equality of content, in time that depends on the lengths only. */
  @Override
  public boolean equals(Object other) {
    if (!(other instanceof Bytes bytes) || bytes.length != length) {
      return false;
    }
    int difference = 0;
    for (int i = 0; i < length; i++) {
      difference |= content[from + i] ^ bytes.content[bytes.from + i];
    }
    return difference == 0;
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = from; i < from + length; i++) {
      hash = 31 * hash + content[i];
    }
    return hash;
  }

  /** The length and at most the first 8 bytes, so that no log line grows with its subject. */
  @Override
  public String toString() {
    String head = HexFormat.of().formatHex(content, from, from + Math.min(8, length));
    return length + " bytes" + (length == 0 ? "" : " " + head) + (length > 8 ? "…" : "");
  }
}
