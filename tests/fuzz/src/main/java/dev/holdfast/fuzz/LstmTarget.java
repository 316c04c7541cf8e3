package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.lstm.LstmLearner;
import dev.holdfast.pam.forecast.series.QuantileModel;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The bytes of a network: of any that is read, what it says of a row is finite. */
final class LstmTarget implements Target {
  private static final int QUANTILES = 4;
  private static final int HEAD_BYTES = 24;
  private static final int COLUMN_BYTES = 9;

  /** One number of state, one unit, every column known. */
  private static final int WEIGHTS =
      (5 + 1 + 1) * 4 + (SeriesFeatures.COUNT + 2) + (SeriesFeatures.COUNT + 2) * QUANTILES;

  @Override
  public Class<?> reader() {
    return LstmLearner.class;
  }

  @Override
  public List<Bytes> seeds() {
    ByteBuffer least =
        ByteBuffer.allocate(HEAD_BYTES + SeriesFeatures.COUNT * COLUMN_BYTES + 4 * WEIGHTS);
    least.putInt(0x48464c53).putInt(1).putInt(SeriesFeatures.VERSION).putInt(1).putInt(1).putInt(0);
    for (int column = 0; column < SeriesFeatures.COUNT; column++) {
      least.put((byte) (column % 2)).putFloat(0.5f).putFloat(2);
    }
    for (int weight = 0; weight < WEIGHTS; weight++) {
      least.putFloat(0.1f);
    }
    Bytes seed = Bytes.of(least.array());
    // A seed that is no network would show nothing.
    Objects.requireNonNull(new LstmLearner().read(seed));
    return List.of(seed, Bytes.of(Arrays.copyOf(least.array(), HEAD_BYTES)));
  }

  @Override
  public void read(byte[] data) {
    QuantileModel model;
    try {
      model = new LstmLearner().read(Bytes.of(data));
    } catch (IllegalArgumentException none) {
      return;
    }
    float[] rows = new float[2 * SeriesFeatures.COUNT];
    Arrays.fill(rows, 0, SeriesFeatures.COUNT, Float.NaN);
    Arrays.fill(rows, SeriesFeatures.COUNT, rows.length, 1e9f);
    float[] said = new float[2 * QUANTILES];
    model.say(rows, 2, said);
    for (float word : said) {
      if (!Float.isFinite(word)) {
        throw new IllegalStateException("a network says " + word);
      }
    }
  }
}
