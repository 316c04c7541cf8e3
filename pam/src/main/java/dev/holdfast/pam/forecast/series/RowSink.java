package dev.holdfast.pam.forecast.series;

import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;

/** Takes rows to train a model on, one after another: into memory, or into a file. */
public interface RowSink {
  /** The steps ahead that models are trained on at every origin. */
  List<Integer> AHEAD = List.of(1, 3, 6, 12);

  /** The same as an array, to ask for forecasts of them. */
  static int[] ahead() {
    return AHEAD.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Rows of one origin, at most: those, and one of a step up to a day ahead. */
  int ORIGIN_ROWS = AHEAD.size() + 1;

  /**
   * Takes what a series looks like now, and what was demanded some steps later.
   *
   * @param seen the series as it stands, from {@link SeriesFeatures#at}
   * @param unit its {@link SeriesState#unit}
   * @param setting what else was known of that step
   */
  void add(SeriesFeatures seen, double unit, int ahead, Setting setting, double amount);

  /** How many rows were taken. */
  long rows();

  /**
   * Takes what a series looks like now, with what was demanded at each of {@link #AHEAD}, and at
   * one step more up to a day ahead.
   *
   * @param seen the series as it stands, from {@link SeriesFeatures#at}
   * @param unit its {@link SeriesState#unit}
   * @param outcome what was demanded so many steps ahead; NaN where that is not known, or not to be
   * @param setting what else was known of the step so many steps ahead
   */
  default void addOrigin(
      SeriesFeatures seen, double unit, IntToDoubleFunction outcome, IntFunction<Setting> setting) {
    int far = far(rows());
    for (int i = 0; i <= AHEAD.size(); i++) {
      int ahead = i < AHEAD.size() ? AHEAD.get(i) : far;
      double amount = outcome.applyAsDouble(ahead);
      if (!Double.isNaN(amount)) {
        add(seen, unit, ahead, setting.apply(ahead), amount);
      }
    }
  }

  /** Leads from 2 to a day, the short ones oftener, spread evenly by the golden ratio. */
  private static int far(long number) {
    double part = number * 0.618_033_988_75 % 1;
    return (int) Math.exp(Math.log(2) + part * Math.log(SeriesState.RECENT / 2.0));
  }
}
