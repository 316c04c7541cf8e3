package dev.holdfast.attestation;

import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/** Every way to change one bit of some bytes, tried on all processors. */
public final class BitFlips {
  private BitFlips() {}

  /** Hands each of them on, with the place of the bit: its byte times eight, and 0 to 7 in it. */
  public static void of(Bytes good, ObjIntConsumer<Bytes> trial) {
    in(good, 0, good.length(), trial);
  }

  /** The same for the bytes {@code from} (inclusive) to {@code to} (exclusive) only. */
  public static void in(Bytes good, int from, int to, ObjIntConsumer<Bytes> trial) {
    IntStream.range(from * Byte.SIZE, to * Byte.SIZE)
        .parallel()
        .forEach(bit -> trial.accept(flipped(good, bit), bit));
  }

  /** The same bytes but for one bit. */
  public static Bytes flipped(Bytes good, int bit) {
    byte[] bytes = good.toByteArray();
    bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
    return Bytes.of(bytes);
  }
}
