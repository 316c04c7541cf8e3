package dev.holdfast.server.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.proto.forecast.v1.Expert;
import dev.holdfast.proto.forecast.v1.ExpertOpinion;
import dev.holdfast.proto.forecast.v1.ExplainForecastRequest;
import dev.holdfast.proto.forecast.v1.ExplainForecastResponse;
import dev.holdfast.proto.forecast.v1.FeatureGroup;
import dev.holdfast.proto.forecast.v1.FeatureUnit;
import dev.holdfast.proto.forecast.v1.ModelReasons;
import dev.holdfast.proto.forecast.v1.ProfileLevel;
import dev.holdfast.proto.resource.v1.Quantile;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.Workload;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.server.learn.model.Demands;
import dev.holdfast.server.learn.model.Models;
import dev.holdfast.server.learn.model.SeriesModelTrainer;
import dev.holdfast.server.learn.model.WorkloadTypes;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of how the forecast of recorded usage came about. */
final class ExplanationAnswersTest {
  private static final Instant START = Instant.parse("2026-03-02T00:00:00Z");
  private static final Duration STEP = Duration.ofMinutes(5);
  private static final int STEPS = 4 * 288;
  private static final Instant END = START.plus(STEP.multipliedBy(STEPS));
  private static final Instant NOW = END.plus(Duration.ofMinutes(3));
  private static final TenantName TENANT = new TenantName("acme");
  private static final ImageName IMAGE = new ImageName("%064x".formatted(1));
  private static final ProfileKey KEY = new ProfileKey(TENANT, IMAGE, Optional.empty());
  private static final ResourceVector DEFAULT =
      ResourceVector.of(dev.holdfast.pam.model.Resource.CPU_MILLICORES, 250);
  private static final List<SeriesLearner> LEARNERS = List.of(new XgboostLearner());
  private static final WorkloadTypes TYPES = new WorkloadTypes(10);

  @TempDir private Path folder = Path.of("");
  private UsageSeries series;
  private Models models;
  private Learning learning;
  private ExplanationAnswers answers;

  /** An hour in which much is used, then three in which little is. */
  private static long cpu(int step) {
    return step % 48 < 12 ? 3000 + step % 5 * 20 : 500 + step % 7 * 10;
  }

  private static UsageSample sample(int step) {
    Instant end = START.plus(STEP.multipliedBy(step + 1));
    return new UsageSample(
        TENANT + "/usageImports/i/series/s",
        step + 1,
        end,
        STEP,
        ResourceVector.of(
            Map.of(
                dev.holdfast.pam.model.Resource.CPU_MILLICORES,
                cpu(step),
                dev.holdfast.pam.model.Resource.MEMORY_BYTES,
                1_000_000 * cpu(step))),
        Optional.empty(),
        Map.of());
  }

  @BeforeEach
  void record() throws IOException {
    series = UsageSeries.open(folder.resolve("usage.db"));
    List<ProfiledSample> samples = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      samples.add(new ProfiledSample(ProfileName.inSeries(KEY), sample(step)));
    }
    for (int i = 0; i < samples.size(); i += UsageSeries.BATCH_MAX) {
      series.append(samples.subList(i, Math.min(samples.size(), i + UsageSeries.BATCH_MAX)));
    }
    while (series.fold(NOW, 1000) == 1000) {
      // There is more.
    }
    InstantSource clock = InstantSource.fixed(NOW);
    models =
        Models.open(
            folder.resolve("models"),
            CertificateAuthority.open(folder.resolve("ca"), "holdfast.test", clock),
            List.of(new SeriesModelTrainer(series, LEARNERS.getFirst(), TYPES)),
            new ServerConfig.Training(1, Duration.ofHours(24), Set.of(ModelKind.XGBOOST)),
            new Journal(),
            clock);
    learning =
        new Learning(
            new Journal(), Demands.of(series, models, LEARNERS, TYPES, _ -> Optional.empty()));
    for (ProfiledSample one : samples) {
      learning.fold(new Learning.Lesson(KEY, Optional.of("batch"), one.sample(), Set.of()));
    }
    answers = new ExplanationAnswers(learning, clock);
  }

  @AfterEach
  void close() throws Exception {
    learning.close();
    models.close();
    series.close();
  }

  private static ExplainForecastRequest.Builder cpuAtP95() {
    return ExplainForecastRequest.newBuilder()
        .setParent(TENANT.toString())
        .setWorkload(Workload.newBuilder().setImage(IMAGE.toString()).setWorkloadType("batch"))
        .setResource(Resource.RESOURCE_CPU_MILLICORES)
        .setQuantile(Quantile.QUANTILE_P95)
        .setTimeAhead(com.google.protobuf.Duration.newBuilder().setSeconds(1200));
  }

  private ExplainForecastResponse explain(ExplainForecastRequest.Builder request) {
    return answers.explain(TENANT, DEFAULT, request.build());
  }

  private Problem refused(ExplainForecastRequest.Builder request) {
    return assertThrows(Refusal.class, () -> explain(request)).problem();
  }

  @Test
  void aForecastIsTakenApartIntoWhatExpertsSaidAndWhatMovedTheChampion() {
    models.train(new Models.Order(ModelKind.XGBOOST, 1, true));
    while (models.latest().orElseThrow().end().isEmpty()) {
      Thread.onSpinWait();
    }
    learning.follow(NOW);
    ExplainForecastResponse answer = explain(cpuAtP95());
    assertEquals(ProfileName.of(KEY).toString(), answer.getResourceProfile());
    assertEquals(ProfileLevel.PROFILE_LEVEL_IMAGE, answer.getLevel());
    assertEquals(NOW.getEpochSecond() + 1200, answer.getInterval().getStartTime().getSeconds());
    assertEquals(300, length(answer));
    // Steps 4 and 5 of the next hour of much.
    assertTrue(answer.getAmount() > 2900 && answer.getAmount() < 4500, answer + "");
    double amount = (double) answer.getAmount();
    assertEquals(amount, (double) answer.getSampleAmount(), 0.05 * amount);
    assertTrue(answer.getSampleAmount() >= answer.getCalibratedAmount());

    ExpertOpinion model = answer.getOpinions(0);
    assertEquals(Expert.EXPERT_MODEL, model.getExpert());
    assertEquals(3, answer.getOpinionsCount());
    assertEquals(
        1, answer.getOpinionsList().stream().mapToDouble(ExpertOpinion::getWeight).sum(), 1e-9);
    ModelReasons reasons = answer.getModelReasons();
    assertEquals(
        models
            .serving(dev.holdfast.pam.model.Resource.CPU_MILLICORES)
            .orElseThrow()
            .card()
            .id()
            .toString(),
        reasons.getModel());
    assertTrue(Math.abs(model.getAmount() - reasons.getAmount()) <= 2, answer + "");
    assertFalse(reasons.getReasonsList().isEmpty());
    for (ModelReasons.Reason reason : reasons.getReasonsList()) {
      assertEquals(reason.getEffect() > 0, reason.getChange() > 0, reason + "");
      for (ModelReasons.Feature feature : reason.getFeaturesList()) {
        assertFalse(feature.getWords().isEmpty());
        boolean other = reason.getGroup() == FeatureGroup.FEATURE_GROUP_COMPANIONS;
        assertEquals(
            other ? Resource.RESOURCE_MEMORY_BYTES : Resource.RESOURCE_CPU_MILLICORES,
            feature.getResource());
        if (other && feature.getUnit() == FeatureUnit.FEATURE_UNIT_AMOUNT) {
          assertTrue(feature.getValue() > 100e6 && feature.getValue() < 4e9, feature + "");
        }
      }
    }

    // Little is used then, and of that the same says why.
    ExplainForecastResponse low =
        explain(
            cpuAtP95().setTimeAhead(com.google.protobuf.Duration.newBuilder().setSeconds(6600)));
    assertTrue(low.getAmount() < answer.getAmount() / 2, low + "");
    assertTrue(low.getModelReasons().getAmount() < reasons.getAmount() / 2, low + "");
  }

  private static long length(ExplainForecastResponse answer) {
    return answer.getInterval().getEndTime().getSeconds()
        - answer.getInterval().getStartTime().getSeconds();
  }

  @Test
  void withoutAChampionTheOthersAreExplained() {
    learning.follow(NOW);
    ExplainForecastResponse answer = explain(cpuAtP95());
    assertEquals(
        List.of(Expert.EXPERT_SMOOTHING, Expert.EXPERT_RECENT),
        answer.getOpinionsList().stream().map(ExpertOpinion::getExpert).toList());
    assertFalse(answer.hasModelReasons());
    assertTrue(answer.getAmount() > 0);
  }

  @Test
  void whatHasNoSeriesIsRefusedWithWhatItsForecastRestsOn() {
    // Nothing was folded yet.
    Problem before = refused(cpuAtP95());
    assertEquals(Problem.Kind.FAILED_PRECONDITION, before.kind());
    assertEquals("FORECAST_FROM_IMAGE", before.facts().get("state"));
    assertTrue(before.message().contains("run by run"), before.message());
    assertTrue(before.message().contains("two hours"), before.message());

    learning.follow(NOW);
    Problem unused = refused(cpuAtP95().setResource(Resource.RESOURCE_GPU_MILLIDEVICES));
    assertEquals(Problem.Kind.FAILED_PRECONDITION, unused.kind());
    assertEquals("WITHOUT_GPU_MILLIDEVICES", unused.facts().get("state"));
    assertTrue(
        unused.message().endsWith("Ask about one of these: CPU_MILLICORES, MEMORY_BYTES."),
        unused.message());

    TenantName newcomer = new TenantName("newcomer");
    Problem unknown =
        assertThrows(Refusal.class, () -> answers.explain(newcomer, DEFAULT, cpuAtP95().build()))
            .problem();
    assertEquals("FORECAST_FROM_DEFAULT", unknown.facts().get("state"));
    assertTrue(unknown.message().contains("default amount"), unknown.message());
  }

  @Test
  void whatIsAskedIsChecked() {
    assertEquals("FIELD_MISSING", refused(cpuAtP95().clearWorkload()).reason());
    assertEquals("FIELD_MISSING", refused(cpuAtP95().clearResource()).reason());
    assertEquals("FIELD_MISSING", refused(cpuAtP95().clearQuantile()).reason());
    assertEquals("ENUM_UNKNOWN", refused(cpuAtP95().setQuantileValue(9)).reason());
    var tooFar = com.google.protobuf.Duration.newBuilder().setSeconds(86_401);
    assertEquals("AMOUNT", refused(cpuAtP95().setTimeAhead(tooFar)).reason());
  }
}
