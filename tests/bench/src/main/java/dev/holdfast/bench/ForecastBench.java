package dev.holdfast.bench;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Forecaster;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.forecast.Predictor;
import dev.holdfast.pam.forecast.TrainingSet;
import dev.holdfast.pam.forecast.xgboost.XgboostModel;
import dev.holdfast.pam.forecast.xgboost.XgboostPredictor;
import dev.holdfast.pam.forecast.xgboost.XgboostRules;
import dev.holdfast.pam.forecast.xgboost.XgboostTrainer;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.Profiles;
import dev.holdfast.pam.profile.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;

/**
 * Forecasts of one profile over twelve steps and all resources, on one thread, beside what XGBoost
 * alone takes to predict the same rows in one batch for each resource.
 */
final class ForecastBench {
  private static final Instant START = Instant.parse("2026-03-02T12:00:00Z");
  private static final Duration PERIOD = Duration.ofMinutes(10);
  private static final int RUNS = 4;
  private static final int SAMPLES = 72;
  private static final int STEPS = 12;

  private final Duration total;
  private final Consumer<Figure> report;

  ForecastBench(Duration total, Consumer<Figure> report) {
    this.total = total;
    this.report = report;
  }

  void run() throws Exception {
    Profile profile = profile(new Random(1));
    XgboostModel model = XgboostTrainer.train(TrainingSet.of(profile), XgboostRules.DEFAULT);
    Horizon horizon =
        new Horizon(START.plus(Duration.ofDays(RUNS)), PERIOD.multipliedBy(SAMPLES / STEPS), STEPS);
    Instant now = horizon.start().minusSeconds(1);
    Map<Resource, Booster> boosters = new EnumMap<>(Resource.class);
    for (Map.Entry<Resource, XgboostModel.Trees> trees : model.boosters().entrySet()) {
      Booster booster = XGBoost.loadModel(trees.getValue().ubj().toByteArray());
      booster.setParam("nthread", 1);
      boosters.put(trees.getKey(), booster);
    }
    if (boosters.size() != Resource.values().length) {
      throw new IllegalStateException("the model lacks resources: " + boosters.keySet());
    }
    try (XgboostPredictor predictor = XgboostPredictor.load(model, 1)) {
      var recorder = new Recorder(predictor);
      Forecaster.nextRun(profile, recorder, Map.of(), horizon, now);
      List<Double> own = new ArrayList<>();
      List<Double> batch = new ArrayList<>();
      Load forecasts =
          timed(
              own,
              () -> {
                Forecast made = Forecaster.nextRun(profile, predictor, Map.of(), horizon, now);
                if (made.bands().size() != STEPS) {
                  throw new IllegalStateException(
                      "a forecast of " + made.bands().size() + " bands");
                }
              });
      Load batches =
          timed(
              batch,
              () -> {
                for (Map.Entry<Resource, float[][]> rows : recorder.rows.entrySet()) {
                  predict(boosters, rows.getKey(), rows.getValue());
                }
              });
      Map<String, Double> rates =
          Duel.ofOneThread(total).with("own", forecasts).with("batch", batches).rates();
      int rows = recorder.rows.values().stream().mapToInt(found -> found.length).sum();
      String beside =
          "XGBoost alone, the same " + rows + " rows in " + boosters.size() + " batches";
      report.accept(
          new Figure(
              "forecasts-per-second",
              rates.getOrDefault("own", 0.0),
              "1/s",
              beside,
              rates.getOrDefault("batch", 0.0)));
      report.accept(
          new Figure(
              "run-forecast-p99-millis",
              Duel.quantile(warm(own), 0.99),
              "ms",
              beside,
              Duel.quantile(warm(batch), 0.99)));
    } finally {
      boosters.values().forEach(Booster::dispose);
    }
  }

  private static void predict(Map<Resource, Booster> boosters, Resource resource, float[][] rows)
      throws Exception {
    Booster booster = Optional.ofNullable(boosters.get(resource)).orElseThrow();
    int columns = rows[0].length;
    float[] flat = new float[rows.length * columns];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * columns, columns);
    }
    DMatrix matrix = new DMatrix(flat, rows.length, columns, Float.NaN);
    try {
      if (booster.predict(matrix).length != rows.length) {
        throw new IllegalStateException("XGBoost predicted another number of rows");
      }
    } finally {
      matrix.dispose();
    }
  }

  private static Load timed(List<Double> millis, Load.Operation operation) {
    return Load.serial(
        () -> {
          long began = System.nanoTime();
          operation.run();
          millis.add((System.nanoTime() - began) / 1e6);
        });
  }

  /** Without what was taken while it warmed up: nearly a third of the time, and so of all. */
  private static List<Double> warm(List<Double> millis) {
    return millis.subList(millis.size() * 3 / 10, millis.size());
  }

  /** Remembers the rows that a forecast asks about. */
  private record Recorder(Predictor inner, Map<Resource, float[][]> rows) implements Predictor {
    Recorder(Predictor inner) {
      this(inner, new EnumMap<>(Resource.class));
    }

    @Override
    public String model() {
      return inner.model();
    }

    @Override
    public Set<Resource> resources() {
      return inner.resources();
    }

    @Override
    public double[][] predict(Resource resource, float[][] asked) {
      rows.put(resource, asked);
      return inner.predict(resource, asked);
    }
  }

  /** Runs of half a day on four days: the middle needs four times what the ends do, with noise. */
  private static Profile profile(Random random) {
    var tenant = new TenantName("acme");
    Workload workload =
        Workload.of(new ImageName("ab".repeat(32)), Optional.of("ann"), "batch", Map.of());
    Profile profile = Profile.empty(ProfileKey.of(tenant, workload));
    for (int run = 0; run < RUNS; run++) {
      Instant start = START.plus(Duration.ofDays(run));
      var name = new ReservationName(tenant, "r" + run);
      profile =
          Profiles.runStarted(
              profile,
              new Run(
                  name,
                  new TrustZoneName("edge"),
                  workload,
                  start,
                  Optional.of(start.plus(PERIOD.multipliedBy(SAMPLES)))));
      for (int i = 0; i < SAMPLES; i++) {
        double level = 1 + 3 * Math.sin(Math.PI * (i + 0.5) / SAMPLES);
        ResourceVector usage = ResourceVector.ZERO;
        for (Resource resource : Resource.values()) {
          double noise = 1 + 0.1 * random.nextGaussian();
          usage = usage.with(resource, Math.round(1000 * level * Math.max(0.1, noise)));
        }
        profile =
            Profiles.fold(
                profile,
                new UsageSample(
                    name + "/grants/g",
                    i + 1,
                    start.plus(PERIOD.multipliedBy(i + 1)),
                    PERIOD,
                    usage,
                    Optional.empty(),
                    Map.of()));
      }
    }
    return profile;
  }
}
