package dev.holdfast.pam.forecast.series;

/**
 * Amounts of at least 0 in 16 bits: six of an exponent and ten of a fraction, as IEEE 754 has them.
 * From 2⁻¹⁶ to 2⁴⁸ the relative error is at most 2⁻¹¹; what is less is 0, and what is more is as
 * much as can be said.
 *
 * <p>Greater amounts have greater codes, and a code is nearly a logarithm: equal distances are
 * about equal ratios.
 */
final class ShortAmount {
  /** The largest relative error. */
  static final double ERROR = 0x1p-11;

  private static final int CODE_MAX = 0xffff;

  /** Bits of a float's fraction that are left out. */
  private static final int LEFT_OUT = 13;

  /** What code 0 would be as a float without them: 2⁻¹⁶. */
  private static final int ORIGIN = (127 - 16) << (23 - LEFT_OUT);

  private ShortAmount() {}

  /** The nearest code. */
  static short nearest(double amount) {
    return (short) (place(amount) + 0.5);
  }

  /**
   * The code below or above, each the oftener the nearer it is: small changes are then not lost,
   * but made one time in many.
   *
   * @param number of the change
   */
  static short onAverage(double amount, int number) {
    return (short) (place(amount) + chance(number));
  }

  /** Where an amount lies among the codes, 0 to 65,535, as a number with a fraction. */
  static double place(double amount) {
    double bits = Float.floatToIntBits((float) amount);
    return Math.clamp(bits / (1 << LEFT_OUT) - ORIGIN, 0, CODE_MAX);
  }

  /** The amount at a place. */
  static float at(double place) {
    return place == 0 ? 0 : Float.intBitsToFloat((int) ((place + ORIGIN) * (1 << LEFT_OUT)));
  }

  /** From 0 to 1, evenly, whatever rhythm numbers have: multiples of the golden ratio. */
  static double chance(int number) {
    return ((number * 0x9E3779B1) >>> 1) * 0x1p-31;
  }

  /** The amount that a code stands for. */
  static float amount(short code) {
    return at(Short.toUnsignedInt(code));
  }
}
