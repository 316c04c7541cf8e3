package dev.holdfast.store.transfer;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.proto.TransferHeader;
import dev.holdfast.store.proto.TransferRecord;
import dev.holdfast.store.proto.TransferRow;
import dev.holdfast.store.proto.TransferTrailer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of exported rows from its beginning to its end, one row in memory at a time, and
 * believes none of it before the end was seen: a file that was cut short or changed anywhere is
 * refused then at the latest.
 *
 * <p>Its format: {@code holdfast/store/v1/transfer.proto}.
 */
public final class TransferReader {
  /** The largest record: a row with the longest key and the largest value, and their framing. */
  public static final int RECORD_BYTES_MAX = Key.BYTES_MAX + Value.BYTES_MAX + 64;

  /** The format that is written, and the only one that is read. */
  static final int FORMAT = 1;

  private static final byte[] MAGIC = "HFSTORE1".getBytes(StandardCharsets.US_ASCII);
  private static final int LENGTH_BYTES_MAX = 4;

  private final InputStream in;
  private final MessageDigest digest = sha256();
  private final TransferHeading heading;
  private @Nullable Key last;
  private long rows;
  private @Nullable ByteString seal;

  /**
   * Begins to read.
   *
   * @param in buffered; it stays open
   * @throws TransferException when it does not begin as such a file does
   */
  public TransferReader(InputStream in) throws IOException {
    this.in = in;
    byte[] magic = in.readNBytes(MAGIC.length);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new TransferException("The file holds no exported store.");
    }
    digest.update(magic);
    this.heading = heading(record(true));
  }

  private static TransferHeading heading(TransferRecord record) {
    TransferHeader header = record.getHeader();
    if (record.getRecordCase() != TransferRecord.RecordCase.HEADER) {
      throw changed("it has no header");
    }
    if (header.getFormat() != FORMAT) {
      throw new TransferException(
          "The file is of format %d, and this program reads format %d."
              .formatted(header.getFormat(), FORMAT));
    }
    try {
      return new TransferHeading(
          header.getSource(),
          header.getRevision(),
          Instant.ofEpochMilli(header.getExportedMillis()));
    } catch (IllegalArgumentException e) {
      throw changed("its header makes no sense");
    }
  }

  /** What the file says of itself; believed only at its end. */
  public TransferHeading heading() {
    return heading;
  }

  /**
   * Reads the next row.
   *
   * @return empty at the end, and only where everything before it is as it was written
   * @throws TransferException when the file was cut short or changed
   */
  public Optional<Operation.Put> next() throws IOException {
    if (seal != null) {
      return Optional.empty();
    }
    byte[] before = snapshot();
    TransferRecord record = record(false);
    return switch (record.getRecordCase()) {
      case ROW -> Optional.of(row(record.getRow()));
      case TRAILER -> {
        end(record.getTrailer(), before);
        yield Optional.empty();
      }
      case HEADER, RECORD_NOT_SET -> throw changed("a record is none that belongs there");
    };
  }

  private Operation.Put row(TransferRow row) {
    Operation.Put put;
    try {
      put = Operation.put(new Key(row.getKey()), new Value(row.getValue()));
    } catch (IllegalArgumentException e) {
      throw changed("a row is too large");
    }
    if (last != null && last.compareTo(put.key()) >= 0) {
      throw changed("its rows are not in order");
    }
    if (!TransferMarks.ROWS.contains(put.key()) || TransferMarks.isMark(put.key())) {
      throw changed("a row is none of Holdfast's");
    }
    last = put.key();
    rows++;
    return put;
  }

  private void end(TransferTrailer trailer, byte[] before) throws IOException {
    if (trailer.getRows() != rows
        || !MessageDigest.isEqual(before, trailer.getSha256().toByteArray())) {
      throw changed("its checksum is not that of its rows");
    }
    if (in.read() >= 0) {
      throw changed("something follows behind its end");
    }
    seal = trailer.getSha256();
  }

  /** How many rows were read so far. */
  public long rows() {
    return rows;
  }

  /**
   * The SHA-256 of the whole, by which a file is known.
   *
   * @throws IllegalStateException before the end
   */
  ByteString seal() {
    if (seal == null) {
      throw new IllegalStateException("the file was not read to its end");
    }
    return seal;
  }

  private TransferRecord record(boolean first) throws IOException {
    int length = length();
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw cutShort();
    }
    digest.update(bytes);
    try {
      return TransferRecord.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw changed(first ? "its header cannot be read" : "a record cannot be read");
    }
  }

  /** A varint, in as few bytes as it needs. */
  private int length() throws IOException {
    int length = 0;
    for (int i = 0; i < LENGTH_BYTES_MAX; i++) {
      int octet = in.read();
      if (octet < 0) {
        throw cutShort();
      }
      digest.update((byte) octet);
      length |= (octet & 0x7f) << (7 * i);
      if ((octet & 0x80) == 0) {
        if (length > RECORD_BYTES_MAX) {
          throw changed("a record is too long");
        }
        return length;
      }
    }
    throw changed("a record is too long");
  }

  private byte[] snapshot() {
    try {
      return ((MessageDigest) digest.clone()).digest();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("SHA-256 of the Java platform can be copied", e);
    }
  }

  static byte[] magic() {
    return MAGIC.clone();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static TransferException cutShort() {
    return new TransferException("The file was cut short: it has no end. Export again.");
  }

  private static TransferException changed(String why) {
    return new TransferException("The file is not what was written: " + why + ". Export again.");
  }
}
