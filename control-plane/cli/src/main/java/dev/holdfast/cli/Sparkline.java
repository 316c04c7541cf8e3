package dev.holdfast.cli;

/** A row of amounts as blocks of eight heights. */
final class Sparkline {
  /** The most blocks in a row: of more amounts, neighbours share one, as high as their highest. */
  static final int BLOCKS_MAX = 60;

  private static final String BLOCKS = "▁▂▃▄▅▆▇█";

  private Sparkline() {}

  /**
   * Draws.
   *
   * @param amounts at least 0 each
   * @param most the amount of a full block: nothing is higher
   */
  static String of(long[] amounts, long most) {
    int blocks = Math.min(amounts.length, BLOCKS_MAX);
    StringBuilder row = new StringBuilder(blocks);
    for (int block = 0; block < blocks; block++) {
      int from = (int) ((long) block * amounts.length / blocks);
      int to = (int) ((long) (block + 1) * amounts.length / blocks);
      long highest = 0;
      for (int i = from; i < to; i++) {
        highest = Math.max(highest, amounts[i]);
      }
      double share = most <= 0 ? 0 : Math.clamp((double) highest / most, 0, 1);
      row.append(BLOCKS.charAt((int) Math.min(BLOCKS.length() - 1, share * BLOCKS.length())));
    }
    return row.toString();
  }
}
