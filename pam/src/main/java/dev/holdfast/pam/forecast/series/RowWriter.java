package dev.holdfast.pam.forecast.series;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes rows to train on as records of {@link #RECORD_BYTES}: the columns of {@link
 * SeriesFeatures#COLUMNS} and then the label, each a little-endian IEEE 754 number of 32 bits, NaN
 * for what is not known. Nothing stands between or before them. A failure to write is an {@link
 * UncheckedIOException}.
 */
public final class RowWriter implements RowSink {
  /** The length of a record. */
  public static final int RECORD_BYTES = (SeriesFeatures.COUNT + 1) * Float.BYTES;

  private final OutputStream out;
  private final float[] row = new float[SeriesFeatures.COUNT];
  private final ByteBuffer record =
      ByteBuffer.allocate(RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long count;

  /** Writes to a stream, which should be buffered, and which stays open. */
  public RowWriter(OutputStream out) {
    this.out = out;
  }

  @Override
  public void add(SeriesFeatures seen, double unit, int ahead, Setting setting, double amount) {
    seen.row(ahead, setting, row, 0);
    record.clear();
    for (float number : row) {
      record.putFloat(number);
    }
    record.putFloat(Labels.of(amount, seen.anchor(), unit));
    try {
      out.write(record.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    count++;
  }

  @Override
  public long rows() {
    return count;
  }
}
