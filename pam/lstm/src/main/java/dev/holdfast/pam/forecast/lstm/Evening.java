package dev.holdfast.pam.forecast.lstm;

import dev.holdfast.pam.forecast.series.SeriesFeatures;
import java.util.Arrays;

/**
 * Makes the columns of rows even: about as large as each other, with what is not known at the mean
 * and told in a column of its own. Its arrays are not to be changed.
 */
final class Evening {
  /** A column with amounts further out counts by its logarithm: it has a long tail. */
  private static final double TAIL = 6;

  /** Amounts below a twentieth are near enough to nothing, as in what models are asked to say. */
  private static final double SPREAD = 20;

  /** Nothing lies further out than this. */
  private static final float FURTHEST = 5;

  /** A column that differs by less is one that never differs. */
  private static final double SCALE_MIN = 1e-6;

  /** The scale of a column that was never known or never differed: nothing was learnt of it. */
  private static final float SILENT = 1e30f;

  /** For each column of {@link SeriesFeatures}, whether its logarithm counts. */
  final boolean[] logarithmic;

  /** What is subtracted from each. */
  final float[] means;

  /** What each is then divided by, above 0. */
  final float[] scales;

  /** The columns that are known at some times only, rising: each is told of. */
  final int[] sometimes;

  Evening(boolean[] logarithmic, float[] means, float[] scales, int[] sometimes) {
    this.logarithmic = logarithmic;
    this.means = means;
    this.scales = scales;
    this.sometimes = sometimes;
  }

  /** Numbers of an even row. */
  int width() {
    return SeriesFeatures.COUNT + sometimes.length;
  }

  /** What evens some rows. */
  static Evening of(float[] rows, int count) {
    int columns = SeriesFeatures.COUNT;
    boolean[] logarithmic = new boolean[columns];
    float[] means = new float[columns];
    float[] scales = new float[columns];
    int[] sometimes = new int[columns];
    int missing = 0;
    for (int column = 0; column < columns; column++) {
      Moments plain = Moments.of(rows, count, column, false);
      logarithmic[column] = plain.furthest() > TAIL;
      Moments counts = logarithmic[column] ? Moments.of(rows, count, column, true) : plain;
      means[column] = (float) counts.mean();
      boolean differs = counts.deviation() > SCALE_MIN;
      scales[column] = differs ? (float) counts.deviation() : SILENT;
      if (counts.known() > 0 && counts.known() < count) {
        sometimes[missing++] = column;
      }
    }
    return new Evening(logarithmic, means, scales, Arrays.copyOf(sometimes, missing));
  }

  /** One column, as it counts. */
  private record Moments(int known, double mean, double deviation, double furthest) {
    static Moments of(float[] rows, int count, int column, boolean logarithmic) {
      int known = 0;
      double sum = 0;
      double squares = 0;
      double least = Double.POSITIVE_INFINITY;
      double most = Double.NEGATIVE_INFINITY;
      for (int row = 0; row < count; row++) {
        float amount = rows[row * SeriesFeatures.COUNT + column];
        if (!Float.isNaN(amount)) {
          double value = logarithmic ? logarithm(amount) : amount;
          known++;
          sum += value;
          squares += value * value;
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
      }
      if (known == 0) {
        return new Moments(0, 0, 0, 0);
      }
      double mean = sum / known;
      double deviation = Math.sqrt(Math.max(0, squares / known - mean * mean));
      double furthest = Math.max(most - mean, mean - least) / Math.max(deviation, SCALE_MIN);
      return new Moments(known, mean, deviation, furthest);
    }
  }

  private static double logarithm(float amount) {
    return Math.copySign(Math.log1p(SPREAD * Math.abs(amount)), amount);
  }

  /** Evens one row: {@link #width} numbers. */
  void row(float[] rows, int from, float[] into, int at) {
    for (int column = 0; column < means.length; column++) {
      float amount = rows[from + column];
      if (Float.isNaN(amount)) {
        into[at + column] = 0;
      } else {
        double value = logarithmic[column] ? logarithm(amount) : amount;
        float even = (float) ((value - means[column]) / scales[column]);
        into[at + column] = Math.clamp(even, -FURTHEST, FURTHEST);
      }
    }
    for (int i = 0; i < sometimes.length; i++) {
      into[at + means.length + i] = Float.isNaN(rows[from + sometimes[i]]) ? 1 : 0;
    }
  }
}
