package dev.holdfast.pam.forecast.xgboost;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * Rows of a file as XGBoost keeps them to train on: of each number only which quantile of its
 * column it falls into, in memory or in files of pages. The file of rows is read a batch at a time,
 * a few times over, and never held. XGBoost4J offers this for graphics processors only, so the C
 * interface of its own library is called here.
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
   * @param batchRows rows of a batch, and of a page
   * @param pages the folder that pages go to, for as long as it is used; empty to hold all of it
   * @throws IOException if it cannot be read, or is shorter than its header says
   */
  static QuantileMatrix of(
      RowFolder rows, int bins, int threads, int batchRows, Optional<Path> pages)
      throws IOException, XGBoostError {
    try (Arena arena = Arena.ofConfined();
        FileChannel file = FileChannel.open(rows.records(), StandardOpenOption.READ)) {
      NativeXgboost library = NativeXgboost.load(arena);
      MemorySegment proxy = library.create("XGProxyDMatrixCreate");
      try {
        RowBatches batches =
            new RowBatches(library, file, proxy, rows.header().records(), batchRows);
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.put("missing", Float.NaN).put("max_bin", bins).put("nthread", threads);
        pages.ifPresent(
            folder ->
                config
                    .put("cache_prefix", folder.resolve("page").toString())
                    .put("on_host", false));
        MemorySegment matrix;
        try {
          matrix =
              library.create(
                  pages.isPresent()
                      ? "XGExtMemQuantileDMatrixCreateFromCallback"
                      : "XGQuantileDMatrixCreateFromCallback",
                  MemorySegment.NULL,
                  proxy,
                  MemorySegment.NULL,
                  batches.reset(),
                  batches.next(),
                  arena.allocateFrom(config.toString().replace("\"NaN\"", "NaN")));
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
