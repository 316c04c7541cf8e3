package dev.holdfast.server.learn.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.store.series.ProfiledSample;
import dev.holdfast.store.series.UsageSeries;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workloads that go on, and what is said of how. */
final class DemandsTest {
  private static final Instant START = Instant.parse("2026-03-02T00:00:00Z");
  private static final Duration STEP = Duration.ofMinutes(5);
  private static final int STEPS = 4 * 288;
  private static final Instant END = START.plus(STEP.multipliedBy(STEPS));
  private static final Instant NOW = END.plus(Duration.ofMinutes(3));
  private static final ProfileKey KEY =
      new ProfileKey(new TenantName("acme"), new ImageName("%064x".formatted(1)), Optional.empty());
  private static final List<SeriesLearner> LEARNERS = List.of(new XgboostLearner());
  private static final WorkloadTypes TYPES = new WorkloadTypes(10);

  @TempDir private Path folder = Path.of("");

  /** A rhythm of two hours. */
  private static long level(int step) {
    return (long) (1000 * (2 + Math.sin(2 * Math.PI * step / 24)));
  }

  private static UsageSample sample(Instant end, Duration period, long cpu) {
    return sample(end, period, cpu, Map.of());
  }

  private static UsageSample sample(
      Instant end, Duration period, long cpu, Map<String, InputValue> inputs) {
    return new UsageSample(
        KEY.tenant() + "/reservations/r/grants/g",
        end.getEpochSecond(),
        end,
        period,
        ResourceVector.of(Resource.CPU_MILLICORES, cpu),
        Optional.empty(),
        Map.of(),
        inputs);
  }

  private static List<UsageSample> rhythm(Instant after, Instant until) {
    List<UsageSample> buckets = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      Instant end = START.plus(STEP.multipliedBy(step + 1));
      if (end.isAfter(after) && !end.isAfter(until)) {
        buckets.add(sample(end, STEP, level(step)));
      }
    }
    return buckets;
  }

  /** Of a history, without any model: smoothing speaks. */
  private static Demands untrained(Demands.History history) {
    return new Demands(
        history, (_, _) -> Optional.empty(), _ -> Optional.empty(), LEARNERS, TYPES, 10);
  }

  private static double cpu(Quantiles band, Quantile quantile) {
    return (double) band.at(quantile).get(Resource.CPU_MILLICORES);
  }

  private static Horizon hour(Instant now) {
    return new Horizon(now.plusSeconds(1), STEP, 12);
  }

  @Test
  void aWorkloadThatGoesOnIsForecastByTheChampionStepByStepAlsoAfterARestart() throws Exception {
    try (UsageSeries series = stored(rhythm(START, END));
        Models models = trained(series)) {
      Demands.Said said = followed(series, models);
      assertEquals(
          models.serving(Resource.CPU_MILLICORES).orElseThrow().card().id().id(), said.model());
      for (int band = 0; band < 12; band++) {
        // The time asked about begins within the step that follows the last one folded.
        double most = (double) Math.max(level(STEPS + band), level(STEPS + band + 1));
        assertEquals(most, cpu(said.bands().get(band), Quantile.P50), 0.2 * most);
      }
      assertEquals(said, followed(series, models), "another process says the same");
    }
  }

  private UsageSeries stored(List<UsageSample> usage) {
    UsageSeries series = UsageSeries.open(folder.resolve("usage.db"));
    List<ProfiledSample> samples =
        usage.stream().map(one -> new ProfiledSample(ProfileName.inSeries(KEY), one)).toList();
    for (int i = 0; i < samples.size(); i += UsageSeries.BATCH_MAX) {
      series.append(samples.subList(i, Math.min(samples.size(), i + UsageSeries.BATCH_MAX)));
    }
    while (series.fold(NOW, 1000) == 1000) {
      // There is more.
    }
    return series;
  }

  private Models trained(UsageSeries series) throws IOException {
    Models models =
        Models.open(
            folder.resolve("models"),
            CertificateAuthority.open(
                folder.resolve("ca"), "holdfast.test", InstantSource.fixed(NOW)),
            List.of(new SeriesModelTrainer(series, LEARNERS.getFirst(), TYPES)),
            new ServerConfig.Training(1, Duration.ofHours(24), Set.of(ModelKind.XGBOOST)),
            new Journal(),
            InstantSource.fixed(NOW));
    models.train(new Models.Order(ModelKind.XGBOOST, 1, true));
    while (models.latest().orElseThrow().end().isEmpty()) {
      Thread.onSpinWait();
    }
    return models;
  }

  private static Demands.Said followed(UsageSeries series, Models models) {
    Demands demands = Demands.of(series, models, LEARNERS, TYPES, _ -> Optional.empty());
    demands.note(KEY, Optional.empty(), sample(END, STEP, level(STEPS - 1)), Set.of());
    demands.refresh();
    demands.pass(NOW);
    return demands.said(KEY, Map.of(), hour(NOW), NOW).orElseThrow();
  }

  @Test
  void aProductionInputThatChangesMovesTheForecastBeforeUsageDoes() throws Exception {
    // What is used follows the size, which changes every hour.
    List<Integer> sizes = List.of(1, 4, 2, 3, 1, 2, 4, 3, 2, 1, 3, 4);
    List<UsageSample> samples = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      int size = step >= STEPS - 24 ? 1 : sizes.get(step / 12 % sizes.size());
      Instant end = START.plus(STEP.multipliedBy(step + 1));
      samples.add(sample(end, STEP, 1000L * size + step * 7 % 50, size(size)));
    }
    try (UsageSeries series = stored(samples);
        Models models = trained(series)) {
      Demands demands = Demands.of(series, models, LEARNERS, TYPES, _ -> Optional.empty());
      demands.note(KEY, Optional.empty(), samples.getLast(), Set.of());
      demands.refresh();
      demands.pass(NOW);
      double as = median(demands.said(KEY, size(1), hour(NOW), NOW).orElseThrow());
      double twice = median(demands.said(KEY, size(2), hour(NOW), NOW).orElseThrow());
      double most = median(demands.said(KEY, size(4), hour(NOW), NOW).orElseThrow());
      assertTrue(twice > 1.3 * as && most > 1.3 * twice, as + ", " + twice + ", " + most);
    }
  }

  private static Map<String, InputValue> size(int size) {
    return Map.of("size", new InputValue.Quantity(size));
  }

  @Test
  void whoPrefersAKindIsForecastByIt() {
    List<Optional<ModelKind>> asked = new ArrayList<>();
    TenantName other = new TenantName("other");
    Demands demands =
        new Demands(
            (_, after, until) -> rhythm(after, until),
            (resource, kind) -> {
              asked.add(kind);
              return Optional.empty();
            },
            tenant -> tenant.equals(other) ? Optional.of(ModelKind.LSTM) : Optional.empty(),
            LEARNERS,
            TYPES,
            10);
    demands.note(KEY, Optional.empty(), sample(END, STEP, 1), Set.of());
    demands.refresh();
    assertEquals(Set.of(Optional.empty()), Set.copyOf(asked));
    demands.note(
        new ProfileKey(other, KEY.image(), KEY.user()),
        Optional.empty(),
        sample(END, STEP, 1),
        Set.of());
    demands.refresh();
    assertEquals(Set.of(Optional.empty(), Optional.of(ModelKind.LSTM)), Set.copyOf(asked));
  }

  @Test
  void whoIsNewOrSilentDoesNotGoOn() {
    Demands demands = untrained((_, after, until) -> rhythm(after, until));
    Instant early = START.plus(STEP.multipliedBy(Demands.STEPS_MIN - 1));
    demands.note(KEY, Optional.empty(), sample(early, STEP, 1), Set.of());
    demands.pass(early.plus(Duration.ofMinutes(3)));
    assertEquals(Optional.empty(), demands.said(KEY, Map.of(), hour(early), early));

    demands.note(KEY, Optional.empty(), sample(END, STEP, 1), Set.of());
    demands.pass(NOW);
    Demands.Said said = demands.said(KEY, Map.of(), hour(NOW), NOW).orElseThrow();
    assertEquals(Forecast.EMPIRICAL, said.model());
    assertTrue(said.bands().getFirst().p95().fitsWithin(said.hold()), said.toString());
    Instant later = END.plus(Demands.SILENT_MAX).plusSeconds(1);
    assertEquals(Optional.empty(), demands.said(KEY, Map.of(), hour(later), later));
  }

  @Test
  void aDayAndMoreAheadTheTimeOfDayCounts() {
    Demands demands = untrained((_, after, until) -> rhythm(after, until));
    demands.note(KEY, Optional.empty(), sample(END, STEP, 1), Set.of());
    demands.pass(NOW);
    Horizon week = new Horizon(NOW, Duration.ofDays(1), 7);
    List<Quantiles> bands = demands.said(KEY, Map.of(), week, NOW).orElseThrow().bands();
    assertEquals(7, bands.size());
    for (Quantiles band : bands) {
      assertTrue(cpu(band, Quantile.P99) >= 2800, band.toString());
      assertTrue(cpu(band, Quantile.P99) <= 6000, band.toString());
    }
  }

  @Test
  void whatWasHeldDownIsNoDemand() {
    Instant held = END.minus(Duration.ofHours(1));
    Demands.History history =
        (_, after, until) ->
            rhythm(after, until).stream()
                .map(one -> sample(one.endedAt(), STEP, one.endedAt().isAfter(held) ? 400 : 2000))
                .toList();
    Demands believing = untrained(history);
    Demands knowing = untrained(history);
    for (int step = 0; step < 12; step++) {
      Instant end = held.plus(STEP.multipliedBy(step + 1));
      believing.note(KEY, Optional.empty(), sample(end, STEP, 400), Set.of());
      knowing.note(KEY, Optional.empty(), sample(end, STEP, 400), Set.of(Resource.CPU_MILLICORES));
    }
    believing.pass(NOW);
    knowing.pass(NOW);
    assertTrue(median(believing) < 600, "what nothing held down is what was wanted");
    assertTrue(median(knowing) > 1900, "what was wanted is not known: it stays as it was");
  }

  private static double median(Demands demands) {
    return median(demands.said(KEY, Map.of(), hour(NOW), NOW).orElseThrow());
  }

  private static double median(Demands.Said said) {
    return cpu(said.bands().getFirst(), Quantile.P50);
  }

  @Test
  void samplesThatSwingWithinAStepAreExpectedToGoOnSwinging() {
    Demands demands =
        untrained(
            (_, after, until) ->
                rhythm(after, until).stream()
                    .map(one -> sample(one.endedAt(), STEP, 1000))
                    .toList());
    // Of ten samples one is five times as much as the others, and the mean is theirs.
    for (int step = STEPS / 2; step < STEPS; step++) {
      Instant begin = START.plus(STEP.multipliedBy(step));
      for (int i = 1; i <= 10; i++) {
        Instant end = begin.plusSeconds(30L * i);
        demands.note(
            KEY,
            Optional.empty(),
            sample(end, Duration.ofSeconds(30), i == 5 ? 3571 : 714),
            Set.of());
      }
      demands.pass(begin.plus(STEP).plus(Duration.ofMinutes(2)));
    }
    Quantiles band = demands.said(KEY, Map.of(), hour(NOW), NOW).orElseThrow().bands().getFirst();
    assertEquals(3571, cpu(band, Quantile.P95), 600);
    assertTrue(cpu(band, Quantile.P99) >= 3400, band.toString());
    assertEquals(1000, cpu(band, Quantile.P50), 100);
  }
}
