package dev.holdfast.server.learn.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.FeatureColumn;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.TrainingRows;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.registry.Evaluation;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.store.series.ProfiledSample;
import dev.holdfast.store.series.UsageSeries;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SeriesModelTrainerTest {
  private static final Instant START = Instant.parse("2026-03-02T00:00:00Z");
  private static final Duration STEP = Duration.ofMinutes(5);
  private static final int STEPS = 4 * 288;
  private static final Instant END = START.plus(STEP.multipliedBy(STEPS));
  private static final TenantName ACME = new TenantName("acme");

  private final WorkloadTypes types = new WorkloadTypes(10);

  @TempDir private Path folder = Path.of("");

  private static ProfileKey key(int image) {
    return new ProfileKey(ACME, new ImageName("%064x".formatted(image)), Optional.empty());
  }

  /** Four days of two workloads: a rhythm of two hours, and noise. */
  private void record(UsageSeries series, String metered) {
    Random random = new Random(5);
    for (int image = 1; image <= 2; image++) {
      ProfileKey key = key(image);
      List<ProfiledSample> samples = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        double level = 1000 * image * (2 + Math.sin(2 * Math.PI * step / 24));
        samples.add(
            new ProfiledSample(
                ProfileName.inSeries(key),
                new UsageSample(
                    ACME + metered + image,
                    step + 1,
                    START.plus(STEP.multipliedBy(step + 1)),
                    STEP,
                    ResourceVector.of(
                        Resource.CPU_MILLICORES,
                        (long) (level * (1 + 0.05 * random.nextGaussian()))),
                    Optional.of(new HardwareCounters(step + 1L, 2 * (step + 1L), 0, 0)),
                    Map.of())));
      }
      for (int i = 0; i < samples.size(); i += UsageSeries.BATCH_MAX) {
        series.append(samples.subList(i, Math.min(samples.size(), i + UsageSeries.BATCH_MAX)));
      }
    }
    while (series.fold(END.plus(Duration.ofHours(1)), 1000) == 1000) {
      // There is more.
    }
  }

  @Test
  void whatIsLearntFromStoredUsageBeatsRepeatingTheLastValueAndKeepsItsPromises()
      throws InterruptedException {
    try (UsageSeries series = UsageSeries.open(folder.resolve("usage.db"))) {
      record(series, "/usageImports/i/series/s");
      SeriesModelTrainer trainer = new SeriesModelTrainer(series, new XgboostLearner(), types);
      ModelTrainer.Course course = trainer.gather(END).orElseThrow();
      ModelTrainer.Trained trained = course.train(7, CpuShare.of(1));
      assertEquals(SeriesFeatures.VERSION, trained.featuresVersion());
      assertEquals(START, trained.span().orElseThrow().start());
      assertTrue(
          trained.span().orElseThrow().end().isBefore(END.minus(Duration.ofHours(9))),
          "a tenth is kept");

      Map<Resource, Evaluation> figures = course.evaluate(trained.artefact());
      Evaluation cpu = Optional.ofNullable(figures.get(Resource.CPU_MILLICORES)).orElseThrow();
      assertTrue(cpu.outcomes() > 700, cpu.toString());
      assertTrue(cpu.scaledPinballLoss() < 0.6, cpu.toString());
      assertTrue(cpu.coverage().share(Quantile.P95) > 0.85, cpu.toString());
      assertTrue(cpu.betterThanRepeating());

      assertEquals(
          trained.artefact(),
          trainer.gather(END).orElseThrow().train(7, CpuShare.of(1)).artefact(),
          "the same usage and seed give the same model");
    }
  }

  @Test
  void rowsTellTheTypeOfTheWorkloadTheLevelOfItsProfileAndWhatHardwareCounted() {
    try (UsageSeries series = UsageSeries.open(folder.resolve("usage.db"))) {
      record(series, "/usageImports/i/series/s");
      types.note(key(1), Optional.of("batch"));
      TrainingRows rows = new TrainingRows();
      new SeriesModelTrainer(series, new XgboostLearner(), types)
          .gather(END)
          .orElseThrow()
          .rows(Resource.CPU_MILLICORES, 1000, rows);
      Set<Float> told = column(rows, "the type of the workload");
      assertEquals(2, told.size());
      assertTrue(told.contains(Float.NaN), "of one the type is not known");
      assertEquals(Set.of(0.9f), column(rows, "the level of its profile"));
      assertEquals(Set.of(1f), column(rows, "cycles for each instruction beside what is usual"));
      assertTrue(column(rows, "instructions beside what is usual").size() > 10);
    }
  }

  private static Set<Float> column(TrainingRows rows, String words) {
    int at = SeriesFeatures.COLUMNS.stream().map(FeatureColumn::words).toList().indexOf(words);
    float[] features = rows.features();
    Set<Float> told = new HashSet<>();
    for (int row = 0; row < rows.count(); row++) {
      told.add(features[row * SeriesFeatures.COUNT + at]);
    }
    return told;
  }

  @Test
  void whatOnlyInfrastructureMeteredIsNotLearnt() {
    try (UsageSeries series = UsageSeries.open(folder.resolve("usage.db"))) {
      record(series, "/reservations/r");
      assertEquals(
          Optional.empty(),
          new SeriesModelTrainer(series, new XgboostLearner(), types).gather(END));
    }
  }

  @Test
  void aModelIsReadAsItWasWrittenAndNoOtherBytesAre() {
    SeriesArtefact artefact =
        new SeriesArtefact(
            Map.of(
                Resource.CPU_MILLICORES,
                Bytes.utf8("trees"),
                Resource.GPU_MEMORY_BYTES,
                Bytes.EMPTY));
    Bytes written = artefact.toBytes();
    assertEquals(artefact, SeriesArtefact.read(written));
    for (int length = 0; length < written.length(); length++) {
      Bytes cut = Bytes.of(java.util.Arrays.copyOf(written.toByteArray(), length));
      assertThrows(IllegalArgumentException.class, () -> SeriesArtefact.read(cut));
    }
    for (int i = 0; i < 16; i++) {
      byte[] other = written.toByteArray();
      other[i] ^= 1;
      assertThrows(IllegalArgumentException.class, () -> SeriesArtefact.read(Bytes.of(other)));
    }
  }
}
