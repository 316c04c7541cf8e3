package dev.holdfast.pam.forecast.series;

/**
 * Amounts of at least 0, little more than a byte each: one of 255 even steps of {@link
 * ShortAmount#place place} between bounds that a block of neighbours shares. Where these are alike,
 * the relative error is at most 2⁻¹⁰; where they differ a hundredfold, some hundredth. 0 is 0.
 */
final class AmountArray {
  /** The largest relative error where all amounts are alike. */
  static final double ERROR = 0x1p-10;

  /** Neighbours that share bounds. */
  private static final int BLOCK = 36;

  private static final int BLOCK_BYTES = 2 + BLOCK;

  /** Bounds are multiples of this, a fourth of a doubling, so that they seldom move. */
  private static final int GRID = 256;

  private static final int STEPS = 254;

  // Of each block its bounds, and for each amount 0 or its step from 1 on.
  private final byte[] bytes;

  /**
   * Zeros.
   *
   * @param size how many; made up to a multiple of 36
   */
  AmountArray(int size) {
    bytes = new byte[Math.ceilDiv(size, BLOCK) * BLOCK_BYTES];
  }

  int size() {
    return bytes.length / BLOCK_BYTES * BLOCK;
  }

  float get(int index) {
    int block = index / BLOCK * BLOCK_BYTES;
    return ShortAmount.at(place(block, 2 + index % BLOCK));
  }

  /** Copies amounts, as many as there is room for. */
  void copy(int from, double[] into) {
    for (int i = 0; i < into.length; i++) {
      into[i] = get(from + i);
    }
  }

  /** Sets amounts as exactly as can be. */
  void set(int from, double[] amounts) {
    for (int i = 0; i < amounts.length; i++) {
      set(from + i, amounts[i]);
    }
  }

  /** Sets an amount as exactly as can be. */
  void set(int index, double amount) {
    set(index, amount, 0.5);
  }

  /**
   * Sets an amount to the step below or above it, each the oftener the nearer it is, so that small
   * changes are not lost.
   *
   * @param number of the change
   */
  void setOnAverage(int index, double amount, int number) {
    set(index, amount, ShortAmount.chance(number));
  }

  /** Sets an amount, rounded down after this share of a step is added. */
  private void set(int index, double amount, double added) {
    int block = index / BLOCK * BLOCK_BYTES;
    int at = 2 + index % BLOCK;
    double place = ShortAmount.place(amount);
    double[] places = new double[BLOCK_BYTES];
    double least = place;
    double greatest = place;
    for (int i = 2; i < BLOCK_BYTES; i++) {
      places[i] = i == at ? 0 : place(block, i);
      greatest = Math.max(greatest, places[i]);
      least = places[i] == 0 ? least : least == 0 ? places[i] : Math.min(least, places[i]);
    }
    byte lower = (byte) (least / GRID);
    byte upper = (byte) (greatest / GRID);
    if (lower != bytes[block] || upper != bytes[block + 1]) {
      bytes[block] = lower;
      bytes[block + 1] = upper;
      for (int i = 2; i < BLOCK_BYTES; i++) {
        bytes[block + i] = step(block, places[i], 0.5);
      }
    }
    bytes[block + at] = step(block, place, added);
  }

  private byte step(int block, double place, double added) {
    double steps = (place - lower(block)) / stepSize(block) + added;
    return (byte) (place == 0 ? 0 : 1 + (int) Math.min(steps, STEPS));
  }

  private double place(int block, int at) {
    int step = Byte.toUnsignedInt(bytes[block + at]);
    return step == 0 ? 0 : lower(block) + (step - 1) * stepSize(block);
  }

  private int lower(int block) {
    return Byte.toUnsignedInt(bytes[block]) * GRID;
  }

  private double stepSize(int block) {
    int upper = (Byte.toUnsignedInt(bytes[block + 1]) + 1) * GRID;
    return (double) (upper - lower(block)) / STEPS;
  }
}
