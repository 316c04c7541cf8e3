package dev.holdfast.pam.forecast.xgboost;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * Rows of a file as XGBoost keeps them to train on: of each number only which quantile of its
 * column it falls into, in a byte. The file is read a batch at a time, a few times over, and never
 * held. XGBoost4J offers this for graphics processors only, so the C interface of its own library
 * is called here.
 */
final class QuantileMatrix extends DMatrix {
  private QuantileMatrix(long handle) {
    super(handle);
  }

  /**
   * Reads a file.
   *
   * @param bins quantiles that the numbers of a column are told apart by, 2 to 256
   * @param threads native threads
   * @throws IOException if it cannot be read, or is shorter than its header says
   */
  static QuantileMatrix of(RowFolder rows, int bins, int threads) throws IOException, XGBoostError {
    try (Arena arena = Arena.ofConfined();
        FileChannel file = FileChannel.open(rows.records(), StandardOpenOption.READ)) {
      NativeXgboost library = NativeXgboost.load(arena);
      MemorySegment proxy = library.create("XGProxyDMatrixCreate");
      try {
        RowBatches batches = new RowBatches(library, file, proxy, rows.header().records());
        String config =
            String.format(
                Locale.ROOT, "{\"missing\":NaN,\"max_bin\":%d,\"nthread\":%d}", bins, threads);
        MemorySegment matrix;
        try {
          matrix =
              library.create(
                  "XGQuantileDMatrixCreateFromCallback",
                  MemorySegment.NULL,
                  proxy,
                  MemorySegment.NULL,
                  batches.reset(),
                  batches.next(),
                  arena.allocateFrom(config));
        } catch (XGBoostError error) {
          batches.rethrow();
          throw error;
        }
        QuantileMatrix made = new QuantileMatrix(matrix.address());
        try {
          batches.rethrow();
        } catch (IOException | XGBoostError | RuntimeException cut) {
          made.dispose();
          throw cut;
        }
        return made;
      } finally {
        library.call("XGDMatrixFree", proxy);
      }
    }
  }
}
