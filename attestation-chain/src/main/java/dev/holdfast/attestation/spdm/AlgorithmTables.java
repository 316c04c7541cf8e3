package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;

/**
 * The tables behind the algorithms of a negotiation (DSP0274 1.2, algorithm request structure): of
 * sessions, which are not used, so that only their lengths matter.
 */
final class AlgorithmTables {
  private static final int HEADER_BYTES = 2;
  private static final int EXTENDED_BYTES = 4;

  private AlgorithmTables() {}

  /** Reads over tables that must fill so many bytes. */
  static void skip(ByteCursor cursor, int tables, int bytes) {
    int left = bytes;
    for (int i = 0; i < tables; i++) {
      cursor.u8("the type of an algorithm table");
      int count = cursor.u8("the count of an algorithm table");
      int content = (count >> 4) + EXTENDED_BYTES * (count & 0x0f);
      cursor.take(content, "an algorithm table");
      left -= HEADER_BYTES + content;
    }
    if (left != 0) {
      throw new MalformedException("the algorithm tables do not fill their message");
    }
  }
}
