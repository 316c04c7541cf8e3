package dev.holdfast.pam.forecast.series;

/**
 * The latest amounts of a series, 2 bytes each: IEEE 754 half precision (a relative error of at
 * most 2⁻¹¹) over a power of two that follows the largest amount.
 */
final class HalfRing {
  /** The largest relative error. */
  static final double ERROR = 0x1p-11;

  private static final float TOP = 32_768;

  private final short[] amounts;
  private float unit = 0x1p-20f;
  private int next;
  private int size;

  HalfRing(int capacity) {
    amounts = new short[capacity];
  }

  int size() {
    return size;
  }

  void add(double amount) {
    if (amount > TOP * unit) {
      rescale(amount);
    }
    amounts[next] = Float.floatToFloat16((float) (amount / unit));
    next = next + 1 == amounts.length ? 0 : next + 1;
    size = Math.min(size + 1, amounts.length);
  }

  private void rescale(double amount) {
    float before = unit;
    while (amount > TOP * unit) {
      unit *= 2;
    }
    float factor = before / unit;
    for (int i = 0; i < amounts.length; i++) {
      amounts[i] = Float.floatToFloat16(Float.float16ToFloat(amounts[i]) * factor);
    }
  }

  /** Copies the amounts, the latest first; {@code into} holds at least {@link #size}. */
  void copyLatestFirst(float[] into) {
    int at = next;
    for (int i = 0; i < size; i++) {
      at = at == 0 ? amounts.length - 1 : at - 1;
      into[i] = Float.float16ToFloat(amounts[at]) * unit;
    }
  }
}
