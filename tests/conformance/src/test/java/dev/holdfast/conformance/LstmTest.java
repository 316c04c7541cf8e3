package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.registry.ModelCard;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.server.learn.model.Models;
import dev.holdfast.server.learn.model.SeriesModelTrainer;
import dev.holdfast.server.learn.model.WorkloadTypes;
import dev.holdfast.store.series.ProfiledSample;
import dev.holdfast.store.series.UsageSeries;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that has the module of the LSTM on its class path. */
final class LstmTest {
  private static final Instant START = Instant.parse("2026-03-02T00:00:00Z");
  private static final Duration STEP = Duration.ofMinutes(5);
  private static final int STEPS = 3 * 288;
  private static final Instant END = START.plus(STEP.multipliedBy(STEPS));
  private static final TenantName ACME = new TenantName("acme");

  @TempDir private Path folder = Path.of("");

  /** Three days of a workload: a rhythm of two hours, and noise. */
  private static void record(UsageSeries series) {
    Random random = new Random(5);
    ProfileKey key = new ProfileKey(ACME, new ImageName("%064x".formatted(1)), Optional.empty());
    List<ProfiledSample> samples = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      double level = 1000 * (2 + Math.sin(2 * Math.PI * step / 24));
      samples.add(
          new ProfiledSample(
              ProfileName.inSeries(key),
              new UsageSample(
                  ACME + "/usageImports/i/series/s",
                  step + 1,
                  START.plus(STEP.multipliedBy(step + 1)),
                  STEP,
                  ResourceVector.of(
                      Resource.CPU_MILLICORES, (long) (level * (1 + 0.05 * random.nextGaussian()))),
                  Optional.empty(),
                  Map.of())));
    }
    for (int i = 0; i < samples.size(); i += UsageSeries.BATCH_MAX) {
      series.append(samples.subList(i, Math.min(samples.size(), i + UsageSeries.BATCH_MAX)));
    }
    while (series.fold(END.plus(Duration.ofHours(1)), 1000) == 1000) {
      // There is more.
    }
  }

  @Test
  void aNetworkIsTrainedExaminedAndBecomesChampionWhereNothingIsBetter() throws IOException {
    try (UsageSeries series = UsageSeries.open(folder.resolve("usage.db"))) {
      record(series);
      CertificateAuthority authority =
          CertificateAuthority.open(folder.resolve("ca"), "holdfast.test", () -> END);
      try (Models models =
          Models.open(
              folder.resolve("models"),
              authority,
              SeriesLearner.found().stream()
                  .map(learner -> new SeriesModelTrainer(series, learner, new WorkloadTypes(10)))
                  .toList(),
              new ServerConfig.Training(1, Duration.ofHours(24), Set.of(ModelKind.LSTM)),
              new Journal(),
              () -> END)) {
        models.pass();
        while (models.latest().orElseThrow().end().isEmpty()) {
          Thread.onSpinWait();
        }
        Models.Serving serving = models.serving(Resource.CPU_MILLICORES).orElseThrow();
        ModelCard card = serving.card();
        assertEquals(ModelKind.LSTM, card.kind());
        assertTrue(card.better(Resource.CPU_MILLICORES), card.toString());
        assertEquals(
            serving, models.serving(Resource.CPU_MILLICORES, ModelKind.LSTM).orElseThrow());
      }
    }
  }
}
