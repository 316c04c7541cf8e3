package dev.holdfast.bench;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.Calibration;
import dev.holdfast.pam.forecast.series.QuantileTrees;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.SeriesForecast;
import dev.holdfast.pam.forecast.series.SeriesState;
import dev.holdfast.pam.forecast.series.Setting;
import dev.holdfast.pam.forecast.series.TrackedSeries;
import dev.holdfast.pam.forecast.series.TrainingRows;
import dev.holdfast.pam.forecast.xgboost.TreeReader;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;

/**
 * The forecaster of series, with the trees that it uses: one profile is four resources of twelve
 * steps each, on one thread, beside XGBoost's own prediction of the same rows.
 */
final class SeriesForecastBench {
  private static final int STEP = 300;
  private static final int RESOURCES = 4;
  private static final int HISTORY = 2 * SeriesState.RECENT;
  private static final int TRAINED_ON = 64;
  private static final int PROFILES = 10_000;
  private static final double PROFILE_BYTES = 8 << 10;
  private static final int[] STEPS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  private static final double NANOS = 1e9;

  private final Duration total;
  private final Consumer<Figure> report;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Calibration calibration = new Calibration();

  SeriesForecastBench(Duration total, Consumer<Figure> report) {
    this.total = total;
    this.report = report;
  }

  void run() throws Exception {
    Bytes model = training();
    QuantileTrees trees = TreeReader.read(model);
    Booster booster = XGBoost.loadModel(model.toByteArray());
    booster.setParam("nthread", 1);
    try {
      one(trees, booster);
      all(trees, booster);
    } finally {
      booster.dispose();
    }
  }

  /** What making rows adds to training on them. */
  private Bytes training() throws Exception {
    long began = threads.getCurrentThreadCpuTime();
    TrainingRows rows = new TrainingRows();
    SeriesFeatures features = new SeriesFeatures();
    for (int machine = 0; machine < TRAINED_ON; machine++) {
      List<TrackedSeries> profile = profile(machine, HISTORY);
      double[] next = amounts(machine, HISTORY, STEPS.length + 1);
      for (TrackedSeries series : profile) {
        for (int i = 0; i < SeriesState.RECENT; i++) {
          series.fold(series.state().endsAt(), next[i % next.length], calibration);
          features.at(series.state(), others(profile, series));
          for (int ahead : new int[] {1, 6}) {
            rows.add(
                features,
                series.state().unit(),
                ahead,
                Setting.UNKNOWN,
                next[(i + ahead) % next.length]);
          }
        }
      }
    }
    long made = threads.getCurrentThreadCpuTime();
    Bytes model = new XgboostLearner().train(rows, 1);
    double trained = (threads.getCurrentThreadCpuTime() - made) / NANOS;
    double whole = (made - began) / NANOS + trained;
    report.accept(
        new Figure(
            "training-rows-per-second",
            rows.count() / whole,
            "1/s",
            "XGBoost alone, the same " + rows.count() + " rows",
            rows.count() / trained));
    return model;
  }

  private void one(QuantileTrees trees, Booster booster) throws Exception {
    List<TrackedSeries> profile = profile(1, HISTORY);
    SeriesForecast forecast = new SeriesForecast();
    float[][] rows = new float[RESOURCES][];
    Arrays.setAll(rows, i -> rows(profile, profile.get(i)));
    List<Double> own = new ArrayList<>();
    List<Double> batch = new ArrayList<>();
    Duel.ofOneThread(total.dividedBy(2))
        .with("own", timed(own, () -> forecast(profile, forecast, trees)))
        .with(
            "batch",
            timed(
                batch,
                () -> {
                  for (float[] row : rows) {
                    predict(booster, row);
                  }
                }))
        .rates();
    report.accept(
        new Figure(
            "forecast-p99-millis",
            Duel.quantile(warm(own), 0.99),
            "ms",
            "XGBoost alone, the same " + RESOURCES * STEPS.length + " rows",
            Duel.quantile(warm(batch), 0.99)));
  }

  private void all(QuantileTrees trees, Booster booster) throws Exception {
    long before = used();
    List<List<TrackedSeries>> profiles = new ArrayList<>();
    for (int i = 0; i < PROFILES; i++) {
      profiles.add(profile(i, SeriesState.RECENT + i % 50));
    }
    report.accept(
        new Figure(
            "bytes-per-profile",
            (double) (used() - before) / PROFILES,
            "B",
            "the limit for " + RESOURCES + " resources",
            PROFILE_BYTES));
    SeriesForecast forecast = new SeriesForecast();
    long began = threads.getCurrentThreadCpuTime();
    for (List<TrackedSeries> profile : profiles) {
      for (TrackedSeries series : profile) {
        series.fold(series.state().endsAt(), series.state().last() + 1, calibration);
      }
      forecast(profile, forecast, trees);
    }
    double own = (threads.getCurrentThreadCpuTime() - began) / NANOS;
    double batch = 0;
    int part = PROFILES / 100;
    float[] rows = new float[part * RESOURCES * STEPS.length * SeriesFeatures.COUNT];
    for (int from = 0; from < PROFILES; from += part) {
      int at = 0;
      for (List<TrackedSeries> profile : profiles.subList(from, from + part)) {
        for (TrackedSeries series : profile) {
          float[] made = rows(profile, series);
          System.arraycopy(made, 0, rows, at, made.length);
          at += made.length;
        }
      }
      long start = threads.getCurrentThreadCpuTime();
      predict(booster, rows);
      batch += (threads.getCurrentThreadCpuTime() - start) / NANOS;
    }
    report.accept(
        new Figure(
            "profiles-10000-seconds",
            own,
            "s",
            "XGBoost alone, the same rows in batches of " + part + " profiles",
            batch));
  }

  private void forecast(List<TrackedSeries> profile, SeriesForecast forecast, QuantileTrees trees) {
    for (TrackedSeries series : profile) {
      double[][] quantiles =
          forecast.foretell(
              series,
              others(profile, series),
              Optional.of(trees),
              calibration,
              Setting.UNKNOWN,
              STEPS);
      if (!(quantiles[STEPS.length - 1][3] >= 0)) {
        throw new IllegalStateException("no forecast");
      }
    }
  }

  private static float[] rows(List<TrackedSeries> profile, TrackedSeries series) {
    SeriesFeatures features = new SeriesFeatures();
    features.at(series.state(), others(profile, series));
    float[] rows = new float[STEPS.length * SeriesFeatures.COUNT];
    for (int i = 0; i < STEPS.length; i++) {
      features.row(STEPS[i], Setting.UNKNOWN, rows, i * SeriesFeatures.COUNT);
    }
    return rows;
  }

  private static List<SeriesState> others(List<TrackedSeries> profile, TrackedSeries series) {
    return profile.stream().filter(other -> other != series).map(TrackedSeries::state).toList();
  }

  private static void predict(Booster booster, float[] rows) throws Exception {
    int count = rows.length / SeriesFeatures.COUNT;
    DMatrix matrix = new DMatrix(rows, count, SeriesFeatures.COUNT, Float.NaN);
    try {
      if (booster.predict(matrix).length != count) {
        throw new IllegalStateException("XGBoost predicted another number of rows");
      }
    } finally {
      matrix.dispose();
    }
  }

  private List<TrackedSeries> profile(int seed, int steps) {
    List<TrackedSeries> profile = new ArrayList<>();
    for (int resource = 0; resource < RESOURCES; resource++) {
      TrackedSeries series = new TrackedSeries(STEP);
      double[] amounts = amounts(seed * RESOURCES + resource, 0, steps);
      for (int i = 0; i < steps; i++) {
        series.fold((long) i * STEP, amounts[i], calibration);
      }
      profile.add(series);
    }
    return profile;
  }

  /** Demand with a shape of the day, hourly peaks and noise. */
  private static double[] amounts(int seed, int from, int count) {
    Random random = new Random(seed);
    double level = Math.exp(4 * random.nextDouble());
    double[] amounts = new double[count];
    for (int i = 0; i < count; i++) {
      int step = from + i;
      double day = 1 + 0.5 * Math.sin(2 * Math.PI * step / SeriesState.RECENT + seed);
      double peak = step % 12 == seed % 12 ? 3 : 1;
      amounts[i] = level * day * peak * Math.exp(0.3 * random.nextGaussian());
    }
    return amounts;
  }

  private static long used() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static Load timed(List<Double> millis, Load.Operation operation) {
    return Load.serial(
        () -> {
          long began = System.nanoTime();
          operation.run();
          millis.add((System.nanoTime() - began) / 1e6);
        });
  }

  private static List<Double> warm(List<Double> millis) {
    return millis.subList(millis.size() / 2, millis.size());
  }
}
