package dev.holdfast.store.kv;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * What SQLite's write-ahead log says about itself (SQLite, "WAL-mode File Format", section "The WAL
 * File Format"): a header of 32 bytes, then frames of 24 bytes and a page, chained by checksums.
 *
 * <p>SQLite reads a log up to the first frame that does not fit and forgets the rest. That is right
 * where writing was cut short, and wrong where a log was damaged later: everything behind the
 * damage was acknowledged. As each transaction is on the disk before the next one begins, a log
 * that was cut short has at most one commit behind the break; with more it was damaged.
 */
final class WalFile {
  private static final int HEADER_BYTES = 32;
  private static final int FRAME_HEADER_BYTES = 24;
  private static final int MAGIC = 0x377f0682;
  private static final int PAGE_BYTES_MIN = 512;
  private static final int PAGE_BYTES_MAX = 65_536;

  private WalFile() {}

  /**
   * Looks through the log of a store that nobody has open.
   *
   * @return what is wrong; empty where the log is whole, was cut short, or is not there
   */
  static Optional<String> damage(Path log) throws IOException {
    if (!Files.exists(log)) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
      return damage(channel);
    }
  }

  private static Optional<String> damage(FileChannel log) throws IOException {
    ByteBuffer header = read(log, 0, HEADER_BYTES);
    if (header.remaining() < HEADER_BYTES || log.size() < HEADER_BYTES + FRAME_HEADER_BYTES) {
      return Optional.empty();
    }
    int pageBytes = header.getInt(8);
    var sum = new Sum(header.getInt(0) == MAGIC + 1);
    sum.add(header, 0, HEADER_BYTES - 8);
    boolean sound =
        (header.getInt(0) & ~1) == MAGIC
            && pageBytes >= PAGE_BYTES_MIN
            && pageBytes <= PAGE_BYTES_MAX
            && Integer.bitCount(pageBytes) == 1
            && sum.is(header.getInt(24), header.getInt(28));
    if (!sound) {
      // The header is on the disk before the first frame is written.
      return blank(read(log, HEADER_BYTES, FRAME_HEADER_BYTES))
          ? Optional.empty()
          : Optional.of("the log's header is damaged");
    }
    long salts = header.getLong(16);
    long at = HEADER_BYTES;
    boolean whole = true;
    int commitsBehind = 0;
    for (long frame = 1; ; frame++) {
      ByteBuffer bytes = read(log, at, FRAME_HEADER_BYTES + pageBytes);
      if (bytes.remaining() < FRAME_HEADER_BYTES + pageBytes) {
        return Optional.empty();
      }
      boolean ours = bytes.getLong(8) == salts;
      if (whole) {
        sum.add(bytes, 0, 8);
        sum.add(bytes, FRAME_HEADER_BYTES, pageBytes);
        whole = ours && sum.is(bytes.getInt(16), bytes.getInt(20));
      }
      if (!whole && ours && bytes.getInt(4) != 0 && ++commitsBehind > 1) {
        return Optional.of("the log is damaged before its frame " + frame);
      }
      at += FRAME_HEADER_BYTES + pageBytes;
    }
  }

  private static boolean blank(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      if (bytes.get() != 0) {
        return false;
      }
    }
    return true;
  }

  private static ByteBuffer read(FileChannel log, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && log.read(bytes, at + bytes.position()) >= 0) {
      // A read may give less than was asked for.
    }
    return bytes.flip();
  }

  /** The running checksum: two words, over pairs of words in the order that the magic names. */
  private static final class Sum {
    private final ByteOrder order;
    private int first;
    private int second;

    Sum(boolean bigEndian) {
      this.order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    void add(ByteBuffer bytes, int from, int length) {
      ByteBuffer words = bytes.duplicate().order(order);
      for (int i = from; i < from + length; i += 8) {
        first += words.getInt(i) + second;
        second += words.getInt(i + 4) + first;
      }
    }

    boolean is(int wantedFirst, int wantedSecond) {
      return first == wantedFirst && second == wantedSecond;
    }
  }
}
