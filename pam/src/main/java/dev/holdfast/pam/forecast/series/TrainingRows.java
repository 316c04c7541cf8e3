package dev.holdfast.pam.forecast.series;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;

/** Rows to train a model on, as many as memory holds: features, and what was really demanded. */
public final class TrainingRows {
  /** The steps ahead that models are trained on at every origin. */
  public static final List<Integer> AHEAD = List.of(1, 3, 6, 12);

  /** Rows of one origin, at most. */
  public static final int ORIGIN_ROWS = AHEAD.size() + 1;

  private static final int FAR_MAX = 288;

  private float[] features = new float[0];
  private float[] labels = new float[0];
  private int count;

  /**
   * Adds what a series looks like now, with what was demanded at each of {@link #AHEAD}, and at one
   * step more up to a day ahead.
   *
   * @param seen the series as it stands, from {@link SeriesFeatures#at}
   * @param unit its {@link SeriesState#unit}
   * @param outcome what was demanded so many steps ahead; NaN where that is not known, or not to be
   * @param setting what else was known of the step so many steps ahead
   */
  public void addOrigin(
      SeriesFeatures seen, double unit, IntToDoubleFunction outcome, IntFunction<Setting> setting) {
    int far = far(count);
    for (int i = 0; i <= AHEAD.size(); i++) {
      int ahead = i < AHEAD.size() ? AHEAD.get(i) : far;
      double amount = outcome.applyAsDouble(ahead);
      if (!Double.isNaN(amount)) {
        add(seen, unit, ahead, setting.apply(ahead), amount);
      }
    }
  }

  /** Leads from 2 to a day, the short ones oftener, spread evenly by the golden ratio. */
  private static int far(int number) {
    double part = number * 0.618_033_988_75 % 1;
    return (int) Math.exp(Math.log(2) + part * Math.log(FAR_MAX / 2.0));
  }

  /**
   * Adds what a series looks like now, and what was demanded some steps later.
   *
   * @param seen the series as it stands, from {@link SeriesFeatures#at}
   * @param unit its {@link SeriesState#unit}
   */
  public void add(SeriesFeatures seen, double unit, int ahead, Setting setting, double amount) {
    if (count == labels.length) {
      int more = Math.max(1024, count + count / 2);
      features = Arrays.copyOf(features, Math.multiplyExact(more, SeriesFeatures.COUNT));
      labels = Arrays.copyOf(labels, more);
    }
    seen.row(ahead, setting, features, count * SeriesFeatures.COUNT);
    labels[count++] = Labels.of(amount, seen.anchor(), unit);
  }

  /** How many rows there are. */
  public int count() {
    return count;
  }

  /** {@link SeriesFeatures#COUNT} numbers for each row, one after another; a copy. */
  public float[] features() {
    return Arrays.copyOf(features, count * SeriesFeatures.COUNT);
  }

  /** For each row, what a model is to say; a copy. */
  public float[] labels() {
    return Arrays.copyOf(labels, count);
  }
}
