package dev.holdfast.attestation.codec;

import dev.holdfast.attestation.Bytes;
import java.util.Set;

/**
 * A walk over the heads of CBOR items (RFC 8949, 3) that allocates nothing: whether lengths add up,
 * within limits, before a library builds what they promise.
 */
final class CborScan {
  private static final int BREAK = 0xff;
  private static final int OPEN = 31;
  private static final int SIMPLE_EXTENDED = 24;

  /**
   * Tags that make numbers, or references, out of other items: bignums, decimal fractions,
   * bigfloats and rationals (IANA: 2 to 5, 30, 264, 265, 268 to 270), shared values (28, 29) and
   * string references (25, 256). No format here has them, and what they mean may cost much to work
   * out.
   */
  private static final Set<Long> REFUSED_TAGS =
      Set.of(2L, 3L, 4L, 5L, 25L, 28L, 29L, 30L, 256L, 264L, 265L, 268L, 269L, 270L);

  private final ByteCursor in;
  private final Cbor.Limits limits;
  private final String what;
  private int items;

  private CborScan(ByteCursor in, Cbor.Limits limits, String what) {
    this.in = in;
    this.limits = limits;
    this.what = what;
  }

  static void check(Bytes bytes, Cbor.Limits limits, String what) {
    if (bytes.length() > limits.maxBytes()) {
      throw new MalformedException(
          what + " has " + bytes.length() + " bytes, more than " + limits.maxBytes());
    }
    ByteCursor in = ByteCursor.bigEndian(bytes);
    CborScan scan = new CborScan(in, limits, what);
    scan.item(in.u8(what), 1);
    in.end(what);
  }

  private void item(int head, int depth) {
    if (++items > limits.maxItems()) {
      throw new MalformedException(what + " has more than " + limits.maxItems() + " items");
    }
    if (depth > limits.maxDepth()) {
      throw new MalformedException(what + " is nested deeper than " + limits.maxDepth());
    }
    int major = head >> 5;
    int info = head & 0x1f;
    switch (major) {
      case 0, 1 -> argument(info);
      case 2, 3 -> string(major, info);
      case 4 -> sequence(info, 1, depth);
      case 5 -> sequence(info, 2, depth);
      case 6 -> {
        long tag = argument(info);
        if (REFUSED_TAGS.contains(tag)) {
          throw new MalformedException(what + " has tag " + tag + ", which is not read");
        }
        item(in.u8(what), depth + 1);
      }
      default -> simple(info);
    }
  }

  private void string(int major, int info) {
    if (info != OPEN) {
      skip(argument(info));
      return;
    }
    requireOpenAllowed();
    for (int head = in.u8(what); head != BREAK; head = in.u8(what)) {
      if (head >> 5 != major || (head & 0x1f) == OPEN || ++items > limits.maxItems()) {
        throw new MalformedException(what + " has a string in parts that are none");
      }
      skip(argument(head & 0x1f));
    }
  }

  private void sequence(int info, int each, int depth) {
    if (info != OPEN) {
      long count = argument(info);
      // Every item has at least one byte; the number is unsigned.
      if (count < 0 || count > in.remaining() / each) {
        throw MalformedException.truncated(
            what + " promises " + Long.toUnsignedString(count) + " items that are not there");
      }
      for (long i = 0; i < count * each; i++) {
        item(in.u8(what), depth + 1);
      }
      return;
    }
    requireOpenAllowed();
    for (int head = in.u8(what); head != BREAK; head = in.u8(what)) {
      item(head, depth + 1);
      if (each == 2) {
        item(in.u8(what), depth + 1);
      }
    }
  }

  private void simple(int info) {
    if (info == OPEN) {
      throw new MalformedException(what + " has a break outside of anything open");
    }
    long value = argument(info);
    if (info == SIMPLE_EXTENDED && value < 32) {
      throw new MalformedException(what + " has simple value " + value + " in two bytes");
    }
  }

  private long argument(int info) {
    return switch (info) {
      case 24 -> in.u8(what);
      case 25 -> in.u16(what);
      case 26 -> in.u32(what);
      case 27 -> in.u64(what);
      case 28, 29, 30, OPEN ->
          throw new MalformedException(what + " has the reserved additional information " + info);
      default -> info;
    };
  }

  private void skip(long length) {
    if (length < 0 || length > in.remaining()) {
      throw MalformedException.truncated(
          what + " promises " + Long.toUnsignedString(length) + " bytes that are not there");
    }
    in.skip((int) length, what);
  }

  private void requireOpenAllowed() {
    if (!limits.indefiniteAllowed()) {
      throw new MalformedException(what + " leaves a length open");
    }
  }
}
