package dev.holdfast.pam.forecast.lstm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The form in which a network is kept: big-endian, led by a magic number, a version, that of the
 * features, and its sizes. Then, for each column of a row, whether its logarithm counts, its mean
 * and its scale; the columns that are told of where they are not known; and the weights, in the
 * order of {@link Weights}.
 */
final class LstmCodec {
  private static final int MAGIC = 0x48464c53;
  private static final int VERSION = 1;

  /** No weight is larger: what a network says of any row is then finite. */
  private static final float WEIGHT_MAX = 10_000;

  private static final int HEAD_BYTES = 6 * Integer.BYTES;
  private static final int COLUMN_BYTES = 1 + 2 * Float.BYTES;

  /**
   * How large a network is.
   *
   * @param states numbers that the LSTM remembers by
   * @param units of the hidden layer
   * @param sometimes columns that are not always known
   */
  private record Sizes(int states, int units, int sometimes) {
    Sizes {
      if (states < 1 || states > LstmRules.STATE_MAX || units < 1 || units > LstmRules.HIDDEN_MAX) {
        throw new IllegalArgumentException("a network of " + states + " and " + units + " units");
      }
      if (sometimes < 0 || sometimes > SeriesFeatures.COUNT) {
        throw new IllegalArgumentException(sometimes + " columns are not always known");
      }
    }

    int gates() {
      return LstmModel.GATES * states;
    }

    int width() {
      return SeriesFeatures.COUNT + sometimes;
    }

    int bytes() {
      int weights =
          (Timeline.CHANNELS + states + 1) * gates()
              + (width() + states + 1) * units
              + (units + width() + 1) * LstmModel.QUANTILES;
      return HEAD_BYTES
          + SeriesFeatures.COUNT * COLUMN_BYTES
          + sometimes * Short.BYTES
          + weights * Float.BYTES;
    }
  }

  private LstmCodec() {}

  static Bytes encode(LstmModel model) {
    Evening evening = model.evening();
    Weights weights = model.weights();
    Sizes sizes =
        new Sizes(
            weights.gates.length / LstmModel.GATES,
            weights.hidden.length,
            evening.sometimes.length);
    ByteBuffer out = ByteBuffer.allocate(sizes.bytes());
    out.putInt(MAGIC).putInt(VERSION).putInt(SeriesFeatures.VERSION);
    out.putInt(sizes.states()).putInt(sizes.units()).putInt(sizes.sometimes());
    for (int column = 0; column < SeriesFeatures.COUNT; column++) {
      out.put((byte) (evening.logarithmic[column] ? 1 : 0));
      out.putFloat(evening.means[column]).putFloat(evening.scales[column]);
    }
    for (int column : evening.sometimes) {
      out.putShort((short) column);
    }
    for (float[] part : weights.parts()) {
      for (float weight : part) {
        out.putFloat(weight);
      }
    }
    return Bytes.of(out.array());
  }

  /**
   * Reads what {@link #encode} gave.
   *
   * @throws IllegalArgumentException if it is anything else, or of another release's features
   */
  static LstmModel decode(Bytes content) {
    try {
      ByteBuffer in = content.asByteBuffer();
      if (in.getInt() != MAGIC || in.getInt() != VERSION || in.getInt() != SeriesFeatures.VERSION) {
        throw new IllegalArgumentException("these bytes are no network of this release");
      }
      Sizes sizes = new Sizes(in.getInt(), in.getInt(), in.getInt());
      if (content.length() != sizes.bytes()) {
        throw new IllegalArgumentException(
            "a network of " + content.length() + " bytes, not " + sizes.bytes());
      }
      Evening evening = evening(in, sizes.sometimes());
      int width = sizes.width();
      int gates = sizes.gates();
      int quantiles = LstmModel.QUANTILES;
      return new LstmModel(
          evening,
          new Weights(
              List.of(
                  weights(in, Timeline.CHANNELS * gates),
                  weights(in, sizes.states() * gates),
                  weights(in, gates),
                  weights(in, width * sizes.units()),
                  weights(in, sizes.states() * sizes.units()),
                  weights(in, sizes.units()),
                  weights(in, sizes.units() * quantiles),
                  weights(in, width * quantiles),
                  weights(in, quantiles))));
    } catch (BufferUnderflowException cut) {
      throw new IllegalArgumentException("these bytes are no network", cut);
    }
  }

  private static Evening evening(ByteBuffer in, int missing) {
    boolean[] logarithmic = new boolean[SeriesFeatures.COUNT];
    float[] means = new float[SeriesFeatures.COUNT];
    float[] scales = new float[SeriesFeatures.COUNT];
    for (int column = 0; column < SeriesFeatures.COUNT; column++) {
      byte word = in.get();
      means[column] = finite(in.getFloat());
      scales[column] = finite(in.getFloat());
      if (word < 0 || word > 1 || !(scales[column] > 0)) {
        throw new IllegalArgumentException("column " + column + " of a network means nothing");
      }
      logarithmic[column] = word == 1;
    }
    int[] sometimes = new int[missing];
    int before = -1;
    for (int i = 0; i < missing; i++) {
      sometimes[i] = in.getShort();
      if (sometimes[i] <= before || sometimes[i] >= SeriesFeatures.COUNT) {
        throw new IllegalArgumentException("columns of a network rise");
      }
      before = sometimes[i];
    }
    return new Evening(logarithmic, means, scales, sometimes);
  }

  private static float[] weights(ByteBuffer in, int count) {
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) {
      weights[i] = in.getFloat();
      if (!(Math.abs(weights[i]) <= WEIGHT_MAX)) {
        throw new IllegalArgumentException("a weight of a network is beyond all bounds");
      }
    }
    return weights;
  }

  private static float finite(float number) {
    if (!Float.isFinite(number)) {
      throw new IllegalArgumentException("a number of a network is not finite");
    }
    return number;
  }
}
