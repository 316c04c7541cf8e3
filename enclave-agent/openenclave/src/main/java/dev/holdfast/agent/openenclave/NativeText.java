package dev.holdfast.agent.openenclave;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads C's texts, to a limit. */
final class NativeText {
  private NativeText() {}

  /** The text up to its zero, or its beginning; byte by byte, so that no page beyond it is read. */
  static String read(Pointer at, int bytesMax) {
    byte[] bytes = new byte[bytesMax];
    int length = 0;
    while (length < bytesMax) {
      byte next = at.getByte(length);
      if (next == 0) {
        break;
      }
      bytes[length] = next;
      length++;
    }
    return new String(Arrays.copyOf(bytes, length), StandardCharsets.UTF_8);
  }
}
