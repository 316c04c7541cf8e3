package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;

/**
 * The rules of DER (ITU-T X.690, 10 and 11) that bytes must keep before a library reads them:
 * definite and minimal lengths, minimal tags and integers, bounded depth, nothing after the end.
 *
 * <p>The order of the elements of a SET OF and the trailing zeros of named bits are not judged:
 * certificates of real manufacturers break them.
 */
public final class Der {
  /** Deepest nesting that is read. */
  public static final int DEPTH_MAX = 32;

  private static final int CONSTRUCTED = 0x20;
  private static final int CLASS = 0xc0;
  private static final int NUMBER = 0x1f;
  private static final int TAG_BYTES_MAX = 4;
  private static final int LENGTH_BYTES_MAX = 3;

  private final Bytes bytes;
  private int position;

  private Der(Bytes bytes) {
    this.bytes = bytes;
  }

  /**
   * Checks one element that fills the bytes, and all that it holds; never recursive.
   *
   * @param bytes at most 16 MiB
   * @param what the name of the thing in messages
   * @throws MalformedException if a rule is broken
   */
  public static void check(Bytes bytes, String what) {
    try {
      int end = new Der(bytes).walk();
      if (end != bytes.length()) {
        throw new MalformedException((bytes.length() - end) + " bytes follow its end");
      }
    } catch (MalformedException e) {
      throw new MalformedException(what + " is no DER: " + e.words());
    }
  }

  /** Walks over the first element; where it ends. */
  private int walk() {
    int[] ends = new int[DEPTH_MAX];
    int depth = 0;
    int limit = bytes.length();
    do {
      int start = position;
      int tag = tag(limit);
      int length = length(limit);
      boolean constructed = (tag & CONSTRUCTED) != 0;
      if ((tag & CLASS) == 0) {
        checkUniversal(tag & NUMBER, constructed, length, start);
      }
      if (constructed) {
        if (depth == DEPTH_MAX) {
          throw new MalformedException("it is nested more than " + DEPTH_MAX + " deep");
        }
        ends[depth++] = position + length;
        limit = position + length;
      } else {
        position += length;
      }
      while (depth > 0 && position == ends[depth - 1]) {
        depth--;
      }
      limit = depth == 0 ? limit : ends[depth - 1];
    } while (depth > 0);
    return position;
  }

  private int next(int limit) {
    if (position >= limit) {
      throw new MalformedException("it ends too early, at " + position);
    }
    return bytes.at(position++);
  }

  /** The first byte of the tag; the number of a long one is only checked. */
  private int tag(int limit) {
    int start = position;
    int tag = next(limit);
    if ((tag & NUMBER) != NUMBER) {
      return tag;
    }
    long number = 0;
    int read = 0;
    int part;
    do {
      part = next(limit);
      number = (number << 7) | (part & 0x7f);
      read++;
      if ((read == 1 && part == 0x80) || read > TAG_BYTES_MAX) {
        throw new MalformedException("a tag is not minimal, at " + start);
      }
    } while ((part & 0x80) != 0);
    if (number < NUMBER || (tag & CLASS) == 0) {
      throw new MalformedException("a tag is not minimal, at " + start);
    }
    return tag;
  }

  private int length(int limit) {
    int start = position;
    int first = next(limit);
    int length = first;
    if (first == 0x80) {
      throw new MalformedException("a length is indefinite, at " + start);
    }
    if (first > 0x80) {
      int count = first & 0x7f;
      if (count > LENGTH_BYTES_MAX) {
        throw new MalformedException("a length has " + count + " bytes, at " + start);
      }
      length = 0;
      for (int i = 0; i < count; i++) {
        length = (length << 8) | next(limit);
      }
      boolean minimal = length >= 0x80 && (count == 1 || length >= 1 << (8 * (count - 1)));
      if (!minimal) {
        throw new MalformedException("a length is not minimal, at " + start);
      }
    }
    if (length > limit - position) {
      throw new MalformedException("an element is longer than what holds it, at " + start);
    }
    return length;
  }

  private void checkUniversal(int number, boolean constructed, int length, int start) {
    boolean mustBeConstructed = number == 8 || number == 11 || number == 16 || number == 17;
    if (constructed != mustBeConstructed || number == 0) {
      throw new MalformedException("a tag is none of DER's, at " + start);
    }
    boolean sound =
        switch (number) {
          case 1 -> length == 1 && (bytes.at(position) == 0 || bytes.at(position) == 0xff);
          case 2, 10 -> minimalInteger(length);
          case 3 -> soundBits(length);
          case 5 -> length == 0;
          case 6 -> soundIdentifier(length);
          default -> true;
        };
    if (!sound) {
      throw new MalformedException("a value is not as DER writes it, at " + start);
    }
  }

  private boolean minimalInteger(int length) {
    if (length < 2) {
      return length == 1;
    }
    int sign = bytes.at(position + 1) & 0x80;
    return !((bytes.at(position) == 0 && sign == 0) || (bytes.at(position) == 0xff && sign != 0));
  }

  private boolean soundBits(int length) {
    if (length == 0) {
      return false;
    }
    int unused = bytes.at(position);
    if (unused > 7 || length == 1) {
      return unused == 0;
    }
    return (bytes.at(position + length - 1) & ((1 << unused) - 1)) == 0;
  }

  private boolean soundIdentifier(int length) {
    if (length == 0 || (bytes.at(position + length - 1) & 0x80) != 0) {
      return false;
    }
    boolean first = true;
    for (int i = position; i < position + length; i++) {
      if (first && bytes.at(i) == 0x80) {
        return false;
      }
      first = (bytes.at(i) & 0x80) == 0;
    }
    return true;
  }
}
