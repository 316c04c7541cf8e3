package dev.holdfast.pam.forecast.series;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is known of a step besides the series itself, as the last columns of its row. */
public final class Setting {
  /** Production inputs that are numbers and of which a row tells, at most. */
  static final int NUMBERS_MAX = 3;

  /** The columns' names, in order. */
  static final List<String> NAMES = names();

  /** Nothing is known. */
  public static final Setting UNKNOWN = new Setting(false, new float[0]);

  private final boolean changed;
  private final float[] columns = new float[NAMES.size()];

  private Setting(boolean changed, float[] known) {
    this.changed = changed;
    Arrays.fill(columns, Float.NaN);
    System.arraycopy(known, 0, columns, 0, known.length);
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= NUMBERS_MAX; i++) {
      names.add("production input " + i + ", as a multiple of what it was last");
      names.add("production input " + i + ", as a multiple of what is usual");
    }
    names.add("the usual amount under production inputs of such categories");
    names.add("steps under production inputs of such categories, up to 100");
    names.add("the calls of the workload's API, as a multiple of what is usual");
    return List.copyOf(names);
  }

  /**
   * Of what {@link #NAMES} tell, in that order.
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
