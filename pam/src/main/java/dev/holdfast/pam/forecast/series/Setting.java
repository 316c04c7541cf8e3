package dev.holdfast.pam.forecast.series;

import java.util.Arrays;

/** What is known of a step besides the series itself, as the last columns of its row. */
public final class Setting {
  /** Production inputs that are numbers and of which a row tells, at most. */
  static final int NUMBERS_MAX = 3;

  /** Two columns for each number, and what else is told. */
  static final int COUNT = 2 * NUMBERS_MAX + 7;

  /** Nothing is known. */
  public static final Setting UNKNOWN = new Setting(false, new float[0]);

  private final boolean changed;
  private final float[] columns = new float[COUNT];

  private Setting(boolean changed, float[] known) {
    this.changed = changed;
    Arrays.fill(columns, Float.NaN);
    System.arraycopy(known, 0, columns, 0, known.length);
  }

  /**
   * Of what the columns tell, in their order; see {@link FeatureColumn}.
   *
   * @param changed whether production inputs are others than they were last
   */
  static Setting of(boolean changed, float[] known) {
    return new Setting(changed, known);
  }

  /** Whether production inputs are others than they were last: what was used then says little. */
  boolean changed() {
    return changed;
  }

  void copy(float[] into, int offset) {
    System.arraycopy(columns, 0, into, offset, columns.length);
  }
}
