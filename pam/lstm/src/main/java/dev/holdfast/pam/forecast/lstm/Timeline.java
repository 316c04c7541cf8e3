package dev.holdfast.pam.forecast.lstm;

import dev.holdfast.pam.forecast.series.SeriesFeatures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The columns of {@link SeriesFeatures} that follow one another in time, as the steps that an LSTM
 * reads: windows from the longest to the shortest, then single amounts from the oldest to the
 * latest. A row's other columns stand beside it.
 */
final class Timeline {
  private static final Pattern AMOUNT =
      Pattern.compile("the last amount|the amount (\\d+) steps before the last");
  private static final Pattern WINDOW =
      Pattern.compile("the (mean|maximum|deviation|minimum) of the last (\\d+) steps");
  private static final List<String> KINDS =
      List.of("mean", "maximum", "deviation", "minimum", "amount");

  /** Numbers of one step. */
  static final int CHANNELS = KINDS.size();

  /** For each step and channel, the column; -1 where the step has none, which counts as 0. */
  private static final int[] COLUMNS = columns();

  /** Steps. */
  static final int STEPS = COLUMNS.length / CHANNELS;

  private Timeline() {}

  private static int[] columns() {
    TreeMap<Integer, int[]> windows = new TreeMap<>(Comparator.reverseOrder());
    TreeMap<Integer, int[]> amounts = new TreeMap<>(Comparator.reverseOrder());
    for (int column = 0; column < SeriesFeatures.COUNT; column++) {
      String name = SeriesFeatures.COLUMNS.get(column).name();
      Matcher window = WINDOW.matcher(name);
      Matcher amount = AMOUNT.matcher(name);
      if (window.matches()) {
        step(windows, window.group(2))[KINDS.indexOf(window.group(1))] = column;
      } else if (amount.matches()) {
        step(amounts, amount.group(1) == null ? "0" : amount.group(1))[KINDS.indexOf("amount")] =
            column;
      }
    }
    List<int[]> steps = new ArrayList<>(windows.values());
    steps.addAll(amounts.values());
    return steps.stream().flatMapToInt(Arrays::stream).toArray();
  }

  private static int[] step(Map<Integer, int[]> steps, String length) {
    return steps.computeIfAbsent(
        Integer.valueOf(length),
        _ -> {
          int[] none = new int[CHANNELS];
          Arrays.fill(none, -1);
          return none;
        });
  }

  /** The steps of a row whose columns are even: {@link #STEPS} times {@link #CHANNELS} numbers. */
  static void of(float[] even, int from, float[] into, int at) {
    for (int i = 0; i < COLUMNS.length; i++) {
      into[at + i] = COLUMNS[i] < 0 ? 0 : even[from + COLUMNS[i]];
    }
  }

  /** Whether two rows tell of the same time: they are then of one look at one series. */
  static boolean same(float[] rows, int one, int other) {
    for (int column : COLUMNS) {
      if (column >= 0
          && Float.floatToIntBits(rows[one + column])
              != Float.floatToIntBits(rows[other + column])) {
        return false;
      }
    }
    return true;
  }
}
