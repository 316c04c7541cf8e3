package dev.holdfast.pam.forecast.lstm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** None of this loads anything native. */
final class LstmCodecTest {
  private static final int STATES = 3;
  private static final int UNITS = 5;
  private static final int[] SOMETIMES = {2, 40, 100};
  private static final int SIZES_AT = 12;
  private static final int COLUMNS_AT = 24;
  private static final int SOMETIMES_AT = COLUMNS_AT + 9 * SeriesFeatures.COUNT;

  private final Random random = new Random(11);

  private float[] numbers(int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = random.nextFloat() - 0.5f;
    }
    return numbers;
  }

  private byte[] network() {
    int columns = SeriesFeatures.COUNT;
    int width = columns + SOMETIMES.length;
    int gates = 4 * STATES;
    float[] scales = new float[columns];
    Arrays.fill(scales, 2);
    return LstmCodec.encode(
            new LstmModel(
                new Evening(new boolean[columns], numbers(columns), scales, SOMETIMES),
                new Weights(
                    List.of(
                        numbers(Timeline.CHANNELS * gates),
                        numbers(STATES * gates),
                        numbers(gates),
                        numbers(width * UNITS),
                        numbers(STATES * UNITS),
                        numbers(UNITS),
                        numbers(UNITS * 4),
                        numbers(width * 4),
                        numbers(4)))))
        .toByteArray();
  }

  private void refused(Consumer<ByteBuffer> change) {
    byte[] bytes = network();
    change.accept(ByteBuffer.wrap(bytes));
    assertThrows(IllegalArgumentException.class, () -> LstmCodec.decode(Bytes.of(bytes)));
  }

  @Test
  void whatWasWrittenReadsTheSame() {
    Bytes written = Bytes.of(network());
    assertEquals(written, LstmCodec.encode(LstmCodec.decode(written)));
  }

  @Test
  void bytesOfAnotherKindVersionOrFeaturesAreRefused() {
    refused(in -> in.put(0, (byte) 'U'));
    refused(in -> in.putInt(4, 2));
    refused(in -> in.putInt(8, SeriesFeatures.VERSION + 1));
  }

  @Test
  void sizesThatNobodyTrainsOrThatTheBytesDoNotHaveAreRefused() {
    for (int size : new int[] {0, -1, 257, Integer.MAX_VALUE, STATES + 1}) {
      refused(in -> in.putInt(SIZES_AT, size));
    }
    for (int size : new int[] {0, -1, 1025, Integer.MAX_VALUE, UNITS - 1}) {
      refused(in -> in.putInt(SIZES_AT + 4, size));
    }
    for (int size : new int[] {-1, SeriesFeatures.COUNT + 1, Integer.MIN_VALUE, 0}) {
      refused(in -> in.putInt(SIZES_AT + 8, size));
    }
  }

  @Test
  void everyCutAndAnythingThatFollowsIsRefused() {
    byte[] whole = network();
    for (int length = 0; length < whole.length; length++) {
      Bytes cut = Bytes.of(Arrays.copyOf(whole, length));
      assertThrows(IllegalArgumentException.class, () -> LstmCodec.decode(cut));
    }
    Bytes longer = Bytes.of(Arrays.copyOf(whole, whole.length + 1));
    assertThrows(IllegalArgumentException.class, () -> LstmCodec.decode(longer));
  }

  @Test
  void numbersAreBoundedScalesAboveNothingAndColumnsRise() {
    refused(in -> in.put(COLUMNS_AT, (byte) 2));
    refused(in -> in.putFloat(COLUMNS_AT + 1, Float.NaN));
    refused(in -> in.putFloat(COLUMNS_AT + 5, 0));
    refused(in -> in.putFloat(COLUMNS_AT + 5, -1));
    refused(in -> in.putFloat(in.capacity() - 4, Float.NaN));
    refused(in -> in.putFloat(in.capacity() - 4, -10_001));
    refused(in -> in.putShort(SOMETIMES_AT + 2, (short) 2));
    refused(in -> in.putShort(SOMETIMES_AT + 4, (short) SeriesFeatures.COUNT));
    refused(in -> in.putShort(SOMETIMES_AT, (short) -1));
  }
}
