package dev.holdfast.pam.forecast.series;

import java.util.Arrays;

/** Rows to train a model on, as many as memory holds: features, and what was really demanded. */
public final class TrainingRows implements RowSink {
  private float[] features = new float[0];
  private float[] labels = new float[0];
  private int count;

  @Override
  public void add(SeriesFeatures seen, double unit, int ahead, Setting setting, double amount) {
    if (count == labels.length) {
      int more = Math.max(1024, count + count / 2);
      features = Arrays.copyOf(features, Math.multiplyExact(more, SeriesFeatures.COUNT));
      labels = Arrays.copyOf(labels, more);
    }
    seen.row(ahead, setting, features, count * SeriesFeatures.COUNT);
    labels[count++] = Labels.of(amount, seen.anchor(), unit);
  }

  @Override
  public long rows() {
    return count;
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
