package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import java.util.ArrayList;
import java.util.List;

/** Messages in one input: each behind its length in two bytes, the last as far as it goes. */
final class SpdmMessages {
  private SpdmMessages() {}

  static List<Bytes> of(byte[] data) {
    List<Bytes> messages = new ArrayList<>();
    int at = 0;
    while (at + 2 <= data.length) {
      int length = (data[at] & 0xff) << 8 | data[at + 1] & 0xff;
      int end = Math.min(data.length, at + 2 + length);
      messages.add(Bytes.copyOf(data, at + 2, end));
      at = end;
    }
    return messages;
  }

  static Bytes input(String... messages) {
    Bytes input = Bytes.EMPTY;
    for (String hex : messages) {
      Bytes message = Bytes.fromHex(hex);
      input =
          Bytes.concat(
              input, Bytes.of((byte) (message.length() >> 8), (byte) message.length()), message);
    }
    return input;
  }
}
