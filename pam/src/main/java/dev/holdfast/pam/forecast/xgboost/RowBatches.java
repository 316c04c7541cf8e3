package dev.holdfast.pam.forecast.xgboost;

import dev.holdfast.pam.forecast.series.RowWriter;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Locale;
import java.util.Optional;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * The records of a file, a batch at a time, as XGBoost asks for them: {@code DataIterResetCallback}
 * and {@code XGDMatrixCallbackNext} of its {@code c_api.h}. What goes wrong while it asks must not
 * be thrown through it: it is told that nothing follows, and the failure is kept.
 */
final class RowBatches {
  private static final int LABEL_BYTE = SeriesFeatures.COUNT * Float.BYTES;

  private final NativeXgboost library;
  private final FileChannel file;
  private final MemorySegment proxy;
  private final long records;
  private final MemorySegment batch;
  private long next;
  private Optional<Exception> failure = Optional.empty();

  /**
   * Begins at the first record.
   *
   * @param proxy XGBoost's matrix that a batch is put into
   * @param records how many there are
   * @param batchRows how many are read at a time
   */
  RowBatches(
      NativeXgboost library, FileChannel file, MemorySegment proxy, long records, int batchRows) {
    this.library = library;
    this.file = file;
    this.proxy = proxy;
    this.records = records;
    long rows = Math.clamp(records, 1, batchRows);
    batch = library.arena().allocate(rows * RowWriter.RECORD_BYTES, Float.BYTES);
  }

  /** The pointer by which XGBoost begins anew. */
  MemorySegment reset() {
    return callback("begin", void.class, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
  }

  /** The pointer by which XGBoost asks for the next batch. */
  MemorySegment next() {
    return callback(
        "advance", int.class, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
  }

  private MemorySegment callback(String method, Class<?> returned, FunctionDescriptor type) {
    try {
      MethodType form = MethodType.methodType(returned, MemorySegment.class);
      return library.callback(MethodHandles.lookup().bind(this, method, form), type);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @SuppressWarnings("unused") // called by XGBoost
  private void begin(MemorySegment own) {
    next = 0;
  }

  /** Puts the next batch into the proxy; 0 if there is none. */
  @SuppressWarnings("unused") // called by XGBoost
  private int advance(MemorySegment own) {
    if (next == records || failure.isPresent()) {
      return 0;
    }
    try {
      long rows = Math.min(batch.byteSize() / RowWriter.RECORD_BYTES, records - next);
      read(next * RowWriter.RECORD_BYTES, rows * RowWriter.RECORD_BYTES);
      library.call(
          "XGProxyDMatrixSetDataDense",
          proxy,
          text(array(0, rows, ",%d".formatted(SeriesFeatures.COUNT), ",4")));
      library.call(
          "XGDMatrixSetInfoFromInterface",
          proxy,
          text("label"),
          text(array(LABEL_BYTE, rows, "", "")));
      next += rows;
      return 1;
    } catch (IOException | XGBoostError | RuntimeException wrong) {
      failure = Optional.of(wrong);
      return 0;
    }
  }

  private void read(long from, long bytes) throws IOException {
    ByteBuffer into = batch.asSlice(0, bytes).asByteBuffer();
    while (into.hasRemaining()) {
      if (file.read(into, from + into.position()) < 0) {
        throw new EOFException("the file of rows has become shorter");
      }
    }
  }

  /** Part of every record of the batch, as NumPy's array interface describes it. */
  private String array(long from, long rows, String columns, String stride) {
    return String.format(
        Locale.ROOT,
        "{\"data\":[%d,true],\"shape\":[%d%s],\"strides\":[%d%s],\"typestr\":\"<f4\",\"version\":3}",
        batch.address() + from,
        rows,
        columns,
        RowWriter.RECORD_BYTES,
        stride);
  }

  private MemorySegment text(String words) {
    return library.arena().allocateFrom(words);
  }

  /** Throws what went wrong, if anything did. */
  void rethrow() throws IOException, XGBoostError {
    if (failure.isPresent()) {
      switch (failure.get()) {
        case IOException unreadable -> throw unreadable;
        case XGBoostError error -> throw error;
        case RuntimeException bug -> throw bug;
        case Exception other -> throw new IllegalStateException(other);
      }
    }
  }
}
