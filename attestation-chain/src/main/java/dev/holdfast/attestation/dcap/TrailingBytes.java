package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;

/** What may follow the end of a quote: some hosts hand out quotes in buffers of fixed size. */
public enum TrailingBytes {
  /** Nothing. */
  NONE,
  /** Zeros. */
  ZERO,
  /** Anything; nothing of it is used. */
  ANY;

  /** Whether the bytes from a position on may be there. */
  boolean allow(Bytes quote, int from) {
    return switch (this) {
      case NONE -> from == quote.length();
      case ZERO -> zerosFrom(quote, from);
      case ANY -> true;
    };
  }

  private static boolean zerosFrom(Bytes quote, int from) {
    for (int i = from; i < quote.length(); i++) {
      if (quote.at(i) != 0) {
        return false;
      }
    }
    return true;
  }
}
