package dev.holdfast.store.seal;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.Value;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;

/**
 * Seals and opens rows under the data keys of a ring, by AES-256-GCM. Safe for use by many threads.
 *
 * <p>A sealed row, numbers with their most significant byte first:
 *
 * <pre>
 *  offset  bytes
 *       0      1  format: 1
 *       1      4  id of the data key
 *       5      8  version of the row, 0 or more
 *      13     12  nonce, drawn at random
 *      25      n  the row, encrypted
 *  25 + n     16  tag
 * </pre>
 *
 * <p>The tag also covers what is before the nonce, and the row's key: associated data is "{@code
 * holdfast/row/v1}", the first 13 bytes, the key's length in 2 bytes, the key. So a row that was
 * changed, copied to another key or given another version does not open. An older row put back in
 * its own place does open; the set digest finds that.
 */
public final class Sealer {
  /** What sealing adds to a row. */
  public static final int OVERHEAD_BYTES = 1 + 4 + 8 + GcmKey.NONCE_BYTES + GcmKey.TAG_BYTES;

  /** The most bytes of a row before it is sealed. */
  public static final int PLAIN_BYTES_MAX = Value.BYTES_MAX - OVERHEAD_BYTES;

  /**
   * How often one key may seal: nonces are random, and beyond 2^32 of them two might be the same
   * (NIST SP 800-38D, section 8.3).
   */
  public static final long SEALS_MAX = 1L << 32;

  private static final byte FORMAT = 1;
  private static final int HEADER_BYTES = 1 + 4 + 8;
  private static final byte[] TAG = "holdfast/row/v1".getBytes(StandardCharsets.US_ASCII);

  private final Map<Integer, GcmKey> keys;
  private final int current;
  private final GcmKey sealing;
  private final Mac elements;
  private final AtomicLong seals = new AtomicLong();

  /**
   * Seals under {@code current}, which is among the keys.
   *
   * @param elements ready to hash one row; it is never used, only cloned
   */
  Sealer(Map<Integer, GcmKey> keys, int current, Mac elements) {
    this.keys = Map.copyOf(keys);
    this.current = current;
    this.sealing = Objects.requireNonNull(keys.get(current));
    this.elements = elements;
  }

  /**
   * Seals a row for its key and version, under the ring's current key.
   *
   * @param version the row's own, 0 or more
   * @param plain at most {@link #PLAIN_BYTES_MAX}
   * @throws IllegalStateException when this key has sealed {@link #SEALS_MAX} rows: rotate before
   */
  public ByteString seal(Key key, long version, ByteString plain) {
    if (version < 0 || plain.size() > PLAIN_BYTES_MAX) {
      throw new IllegalArgumentException(
          "cannot seal %d bytes as version %d".formatted(plain.size(), version));
    }
    if (seals.incrementAndGet() > SEALS_MAX) {
      throw new IllegalStateException("data key %d has sealed 2^32 rows".formatted(current));
    }
    ByteBuffer out = ByteBuffer.allocate(OVERHEAD_BYTES + plain.size());
    out.put(FORMAT).putInt(current).putLong(version);
    try {
      sealing.seal(associated(out.array(), key), plain.asReadOnlyByteBuffer(), out);
    } catch (GeneralSecurityException bug) {
      throw new IllegalStateException("the JDK cannot seal by AES-GCM", bug);
    }
    return UnsafeByteOperations.unsafeWrap(out.flip());
  }

  /** The data key that a row says it is sealed under; empty for what is no sealed row. */
  public static OptionalInt keyId(ByteString sealed) {
    return sealed.size() < OVERHEAD_BYTES || sealed.byteAt(0) != FORMAT
        ? OptionalInt.empty()
        : OptionalInt.of(sealed.asReadOnlyByteBuffer().getInt(1));
  }

  /** Opens what was read at a key: any bytes. */
  public Opened open(Key key, ByteString sealed) {
    if (sealed.size() < OVERHEAD_BYTES || sealed.size() > Value.BYTES_MAX) {
      return new Opened.Broken(
          "it has %d bytes, and a sealed row %d to %d"
              .formatted(sealed.size(), OVERHEAD_BYTES, Value.BYTES_MAX));
    }
    ByteBuffer in = sealed.asReadOnlyByteBuffer();
    byte[] header = new byte[HEADER_BYTES];
    in.get(header);
    if (header[0] != FORMAT) {
      return new Opened.Broken("it is no sealed row: its format is %d".formatted(header[0]));
    }
    int keyId = in.getInt(1);
    GcmKey opening = keys.get(keyId);
    if (opening == null) {
      return new Opened.Broken(
          "it is sealed under data key %d, which the ring does not hold".formatted(keyId));
    }
    long version = in.getLong(1 + 4);
    try {
      return opening
          .open(associated(header, key), in)
          .<Opened>map(
              plain -> new Opened.Plain(version, UnsafeByteOperations.unsafeWrap(plain), keyId))
          .orElseGet(
              () ->
                  new Opened.Broken(
                      "it does not verify: it was changed, or sealed for another key or version"));
    } catch (GeneralSecurityException bug) {
      throw new IllegalStateException("the JDK cannot open AES-GCM", bug);
    }
  }

  /**
   * The digest of the set that has just this row: HMAC-SHA-256 over the key's length in 2 bytes,
   * the key, and the sealed row, which begins with its version.
   */
  public SetDigest element(Key key, ByteString sealed) {
    Mac mac;
    try {
      mac = (Mac) elements.clone();
    } catch (CloneNotSupportedException bug) {
      throw new IllegalStateException("the JDK's HMAC can be cloned", bug);
    }
    mac.update(length(key));
    mac.update(key.bytes().asReadOnlyByteBuffer());
    mac.update(sealed.asReadOnlyByteBuffer());
    return new SetDigest(UnsafeByteOperations.unsafeWrap(mac.doFinal()));
  }

  /** The data key that seals. */
  public int keyId() {
    return current;
  }

  /** How many rows this object has sealed. */
  public long seals() {
    return seals.get();
  }

  private static byte[] associated(byte[] row, Key key) {
    ByteBuffer all =
        ByteBuffer.allocate(TAG.length + HEADER_BYTES + Short.BYTES + key.bytes().size());
    all.put(TAG).put(row, 0, HEADER_BYTES).put(length(key));
    key.bytes().copyTo(all);
    return all.array();
  }

  private static byte[] length(Key key) {
    return ByteBuffer.allocate(Short.BYTES).putShort((short) key.bytes().size()).array();
  }
}
