package dev.holdfast.pam.forecast.lstm;

import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.TrainingRows;
import java.util.Arrays;
import java.util.Random;

/**
 * Rows to train on, as looks at series: rows of one look follow one another and share the steps in
 * time, which are read once for all of them.
 */
final class Lessons {
  private final Evening evening;
  private final float[] even;
  private final float[] labels;
  private final int[] looks;

  /** What is seen for one step of the descent: some looks, and the rows of each. */
  static final class Batch {
    /** How many looks. */
    final int looks;

    /** How many rows. */
    final int rows;

    /** For each look, its steps in time. */
    final float[] steps;

    /** For each row, 1 at the look that it is of, and 0 at others. */
    final float[] members;

    /** For each row, its even columns. */
    final float[] even;

    /** For each row, what is to be said of it. */
    final float[] labels;

    private Batch(int looks, int rows, int width) {
      this.looks = looks;
      this.rows = rows;
      steps = new float[looks * Timeline.STEPS * Timeline.CHANNELS];
      members = new float[rows * looks];
      even = new float[rows * width];
      labels = new float[rows];
    }
  }

  /** Rows, made even by themselves. */
  static Lessons of(TrainingRows rows) {
    return new Lessons(rows, Evening.of(rows.features(), rows.count()));
  }

  /** Rows, made even as others were. */
  Lessons(TrainingRows rows, Evening evening) {
    this.evening = evening;
    float[] features = rows.features();
    labels = rows.labels();
    even = new float[Math.multiplyExact(rows.count(), evening.width())];
    int[] begins = new int[rows.count() + 1];
    int found = 0;
    for (int row = 0; row < rows.count(); row++) {
      int from = row * SeriesFeatures.COUNT;
      evening.row(features, from, even, row * evening.width());
      if (row == 0 || !Timeline.same(features, from, from - SeriesFeatures.COUNT)) {
        begins[found++] = row;
      }
    }
    begins[found] = rows.count();
    looks = Arrays.copyOf(begins, found + 1);
  }

  Evening evening() {
    return evening;
  }

  /** How many looks there are. */
  int count() {
    return looks.length - 1;
  }

  /** What every quantile is, over all rows. */
  float[] quantiles(double[] shares) {
    float[] sorted = labels.clone();
    Arrays.sort(sorted);
    float[] found = new float[shares.length];
    for (int q = 0; q < shares.length; q++) {
      found[q] = sorted[(int) (shares[q] * (sorted.length - 1))];
    }
    return found;
  }

  /** The looks in an order of chance. */
  int[] shuffled(Random random) {
    int[] order = new int[count()];
    for (int i = 0; i < order.length; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }

  /** Some looks of an order. */
  Batch batch(int[] order, int from, int to) {
    int rows = 0;
    for (int i = from; i < to; i++) {
      rows += looks[order[i] + 1] - looks[order[i]];
    }
    int width = evening.width();
    int step = Timeline.STEPS * Timeline.CHANNELS;
    int count = to - from;
    Batch batch = new Batch(count, rows, width);
    int row = 0;
    for (int i = 0; i < count; i++) {
      int first = looks[order[from + i]];
      int last = looks[order[from + i] + 1];
      Timeline.of(even, first * width, batch.steps, i * step);
      System.arraycopy(even, first * width, batch.even, row * width, (last - first) * width);
      System.arraycopy(labels, first, batch.labels, row, last - first);
      for (int own = first; own < last; own++) {
        batch.members[row++ * count + i] = 1;
      }
    }
    return batch;
  }
}
