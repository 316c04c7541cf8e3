package dev.holdfast.bench;

import dev.holdfast.pam.forecast.series.RowSink;
import dev.holdfast.pam.forecast.series.RowWriter;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.SeriesState;
import dev.holdfast.pam.forecast.series.Setting;
import dev.holdfast.pam.forecast.xgboost.RowFolder;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import dev.holdfast.pam.forecast.xgboost.XgboostRules;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.util.BigDenseMatrix;

/**
 * Training on files of rows, on one thread, in CPU time: making the rows, writing, quantising and
 * boosting. Beside it XGBoost alone on the same rows in memory; or, where those would be too many
 * for that, the rate of the fewer rows before.
 */
final class TrainingBench {
  private static final long IN_MEMORY_MAX = 1_000_000;
  private static final int[] AHEAD = RowSink.ahead();
  private static final int STEP = 300;
  private static final int STEPS = 10 * SeriesState.RECENT;
  private static final double NANOS = 1e9;

  private final List<Long> sizes;
  private final XgboostRules rules;
  private final Consumer<Figure> report;
  private final Path scratch;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  /**
   * Of some numbers of rows, the first at most a million.
   *
   * @param rounds of boosting
   * @param scratch where files of rows go, of 488 bytes a row
   */
  TrainingBench(List<Long> sizes, int rounds, Consumer<Figure> report, Path scratch) {
    if (sizes.isEmpty() || sizes.getFirst() < 1 || sizes.getFirst() > IN_MEMORY_MAX) {
      throw new IllegalArgumentException("the first number of rows is 1 to " + IN_MEMORY_MAX);
    }
    this.sizes = List.copyOf(sizes);
    rules =
        new XgboostRules(
            rounds,
            XgboostRules.SERIES.depthMax(),
            XgboostRules.SERIES.learningRate(),
            XgboostRules.SERIES.threads(),
            XgboostRules.SERIES.seed());
    this.report = report;
    this.scratch = scratch;
  }

  void run() throws Exception {
    double before = 0;
    for (long size : sizes) {
      forgetPeak();
      double made = seconds(() -> write(size));
      RowFolder rows = RowFolder.open(scratch);
      XgboostLearner learner = new XgboostLearner(rules);
      double trained = seconds(() -> learner.train(rows));
      report.accept(
          new Figure(
              "training-peak-bytes-" + size,
              peak(),
              "B",
              "the rows as floats",
              (double) size * SeriesFeatures.COUNT * Float.BYTES));
      double rate = size / (made + trained);
      boolean alone = size <= IN_MEMORY_MAX;
      report.accept(
          new Figure(
              "training-rows-per-second-" + size,
              rate,
              "1/s",
              alone ? "XGBoost alone, the same rows in memory" : "the same with fewer rows",
              alone ? size / own(rows) : before));
      before = rate;
    }
  }

  private void write(long size) throws IOException {
    try (RowFolder.Writer rows =
        new RowFolder.Writer(scratch, new XgboostLearner(rules).header("cpu", 1))) {
      for (int machine = 0; rows.rows() < size; machine++) {
        workload(machine, size, rows);
      }
      rows.finish();
    }
  }

  /** Demand with a shape of the day, hourly peaks and noise. */
  private static void workload(int machine, long size, RowFolder.Writer rows) {
    Random random = new Random(machine);
    SeriesState state = new SeriesState(STEP);
    SeriesFeatures features = new SeriesFeatures();
    double level = Math.exp(4 * random.nextDouble());
    for (int step = 0; step < STEPS; step++) {
      double day = 1 + 0.5 * Math.sin(2 * Math.PI * step / SeriesState.RECENT + machine);
      double peak = step % 12 == machine % 12 ? 3 : 1;
      state.fold((long) step * STEP, level * day * peak * Math.exp(0.3 * random.nextGaussian()));
      if (step >= SeriesState.RECENT) {
        features.at(state, List.of());
        for (int ahead : AHEAD) {
          if (rows.rows() < size) {
            double later = (step + ahead) % 12 == machine % 12 ? 3 : 1;
            rows.add(
                features,
                state.unit(),
                ahead,
                Setting.UNKNOWN,
                level * day * later * Math.exp(0.3 * random.nextGaussian()));
          }
        }
      }
    }
  }

  /** XGBoost alone: its matrix, and its rounds. */
  private double own(RowFolder rows) throws Exception {
    int count = (int) rows.header().records();
    BigDenseMatrix matrix = new BigDenseMatrix(count, SeriesFeatures.COUNT);
    float[] labels = new float[count];
    byte[] bytes = new byte[RowWriter.RECORD_BYTES];
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(rows.records())))) {
      for (int row = 0; row < count; row++) {
        in.readFully(bytes);
        ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < SeriesFeatures.COUNT; i++) {
          matrix.set(row, i, record.getFloat());
        }
        labels[row] = record.getFloat();
      }
    }
    Map<String, Object> settings = new HashMap<>(rows.header().parameters());
    settings.put("nthread", rules.threads());
    settings.put("verbosity", 0);
    try {
      return seconds(
          () -> {
            DMatrix own = new DMatrix(matrix, Float.NaN);
            own.setLabel(labels);
            XGBoost.train(own, settings, rules.rounds(), Map.of(), null, null).dispose();
            own.dispose();
          });
    } finally {
      matrix.dispose();
    }
  }

  private double seconds(Load.Operation work) throws Exception {
    long began = threads.getCurrentThreadCpuTime();
    work.run();
    return (threads.getCurrentThreadCpuTime() - began) / NANOS;
  }

  /** Has the kernel measure the peak of resident memory anew: {@code proc(5)}, clear_refs. */
  private static void forgetPeak() throws IOException {
    Files.writeString(Path.of("/proc/self/clear_refs"), "5");
  }

  private static double peak() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String line = lines.filter(one -> one.startsWith("VmHWM:")).findFirst().orElseThrow();
      return Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024;
    }
  }
}
