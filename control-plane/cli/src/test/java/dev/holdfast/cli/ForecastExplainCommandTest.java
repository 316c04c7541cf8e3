package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import com.google.type.Interval;
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
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code holdfast forecast explain}, as the process would end. */
final class ForecastExplainCommandTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final String IMAGE = "ab".repeat(32);
  private static final String PROFILE = "tenants/acme/resourceProfiles/p" + "0".repeat(32);
  private static final String MODEL = "models/xgb-0123456789abcdef";

  @TempDir private Path folder = Path.of("");
  private LoopbackServer server;
  private Path credentials;

  @BeforeEach
  void start() throws IOException {
    Credentials authority = new Credentials();
    credentials = authority.issue(folder.resolve("operator"), "operator");
    server = new LoopbackServer(authority.issue(folder.resolve("server"), "pam"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Ended explain(String... arguments) {
    List<String> all = new ArrayList<>(List.of("--server", server.address()));
    all.addAll(List.of("--credentials", credentials.toString(), "forecast", "explain"));
    all.addAll(List.of("--tenant", "acme", "--image", IMAGE));
    all.addAll(List.of(arguments));
    return Ended.of(() -> NOW, folder, all);
  }

  private static Timestamp time(long after) {
    return Timestamp.newBuilder().setSeconds(NOW.getEpochSecond() + after).build();
  }

  private static ExpertOpinion opinion(Expert expert, double weight, long amount) {
    return ExpertOpinion.newBuilder().setExpert(expert).setWeight(weight).setAmount(amount).build();
  }

  private static ModelReasons.Reason reason(
      FeatureGroup group, double effect, long change, ModelReasons.Feature.Builder feature) {
    return ModelReasons.Reason.newBuilder()
        .setGroup(group)
        .setEffect(effect)
        .setChange(change)
        .addFeatures(feature.setEffect(effect))
        .build();
  }

  private static ModelReasons.Feature.Builder feature(
      String words, Resource resource, FeatureUnit unit) {
    return ModelReasons.Feature.newBuilder().setWords(words).setResource(resource).setUnit(unit);
  }

  private static ModelReasons reasons() {
    Resource cpu = Resource.RESOURCE_CPU_MILLICORES;
    return ModelReasons.newBuilder()
        .setModel(MODEL)
        .setStartAmount(2104)
        .setUsualAmount(2511)
        .setAmount(3111)
        .addReasons(
            reason(
                FeatureGroup.FEATURE_GROUP_TIME_OF_DAY,
                0.2,
                561,
                feature("the usual peak at this time of day", cpu, FeatureUnit.FEATURE_UNIT_AMOUNT)
                    .setValue(3098.7)))
        .addReasons(
            reason(
                FeatureGroup.FEATURE_GROUP_COMPANIONS,
                -0.1,
                -320,
                feature(
                        "the last amount",
                        Resource.RESOURCE_MEMORY_BYTES,
                        FeatureUnit.FEATURE_UNIT_AMOUNT)
                    .setValue(1L << 30)))
        .addReasons(
            reason(
                FeatureGroup.FEATURE_GROUP_PEAKS,
                0.02,
                61,
                feature("the time since the last peak began", cpu, FeatureUnit.FEATURE_UNIT_STEPS)
                    .setValue(36)))
        .addReasons(
            reason(
                FeatureGroup.FEATURE_GROUP_DAY_BEFORE,
                0.01,
                31,
                feature("the amount a day before", cpu, FeatureUnit.FEATURE_UNIT_AMOUNT)))
        .setOtherEffect(-0.004)
        .setOtherChange(-12)
        .build();
  }

  private static ExplainForecastResponse.Builder account() {
    return ExplainForecastResponse.newBuilder()
        .setResourceProfile(PROFILE)
        .setResource(Resource.RESOURCE_CPU_MILLICORES)
        .setQuantile(Quantile.QUANTILE_P95)
        .setInterval(Interval.newBuilder().setStartTime(time(3600)).setEndTime(time(3900)))
        .setAmount(3204)
        .setLevel(ProfileLevel.PROFILE_LEVEL_IMAGE)
        .setConfidence(0.9)
        .addOpinions(opinion(Expert.EXPERT_MODEL, 0.7, 3111))
        .addOpinions(opinion(Expert.EXPERT_SMOOTHING, 0.2, 2900))
        .addOpinions(opinion(Expert.EXPERT_RECENT, 0.1, 3500))
        .setBlendedAmount(3107)
        .setCalibratedAmount(3150)
        .setSampleAmount(3204)
        .setModelReasons(reasons());
  }

  @Test
  void whatMovedAForecastIsSaidInWords() {
    server.account = account().build();
    Ended ended = explain("--in", "1h", "--quantile", "P95", "--user", "ann");
    assertEquals(0, ended.code(), ended.err());
    assertEquals(
        """
        Forecast for %s
          of            cpu at p95
          from          2026-03-01T11:00:00Z
          to            2026-03-01T11:05:00Z
          amount        3204m
          level         IMAGE
          confidence    0.90

        SAID BY                      WEIGHT  AMOUNT
        models/xgb-0123456789abcdef  70.0%%   3110m
        smoothing                    20.0%%   2900m
        the last day as such         10.0%%   3500m
        all of them                          3110m
        as forecasts held so far             3150m
        with swings of samples               3200m
        with other profiles                  3200m

        models/xgb-0123456789abcdef starts from smoothing's median, 2100m, of which it makes 2510m on average, and here 3110m:
          ████████████  What is usual at this time of day raises it by 22.0%% (561m), above all the usual peak at this time of day (3100m).
          ██████        What was used of other resources lowers it by 9.3%% (320m), above all memory: the last amount (1.07GB).
          █             When peaks came raises it by 2.0%% (61m), above all the time since the last peak began (3.0 h).
          █             What was used a day before raises it by 1.0%% (31m), above all the amount a day before (not known).
                        Everything else lowers it by 0.4%% (12m).
        """
            .formatted(PROFILE),
        ended.out());
    var request = (ExplainForecastRequest) server.requests.getFirst();
    assertEquals("tenants/acme", request.getParent());
    assertEquals("images/" + IMAGE, request.getWorkload().getImage());
    assertEquals("ann", request.getWorkload().getUser());
    assertEquals(Resource.RESOURCE_CPU_MILLICORES, request.getResource());
    assertEquals(Quantile.QUANTILE_P95, request.getQuantile());
    assertEquals(3600, request.getTimeAhead().getSeconds());
  }

  @Test
  void anExplanationIsAMessageToPrograms() throws IOException {
    server.account = account().build();
    Ended ended = explain("-o", "json");
    ExplainForecastResponse.Builder read = ExplainForecastResponse.newBuilder();
    JsonFormat.parser().merge(ended.out(), read);
    assertEquals(server.account, read.build());
  }

  @Test
  void whereNoModelSpeaksOrItCannotTellThatIsSaid() {
    server.account = account().clearModelReasons().build();
    Ended without = explain("--resource", "cpu");
    assertTrue(without.out().endsWith("No model forecasts cpu yet.\n"), without.out());
    server.account =
        account().setModelReasons(ModelReasons.newBuilder().setModel("models/lstm-1")).build();
    Ended silent = explain();
    assertTrue(silent.out().endsWith("models/lstm-1 does not tell what moved it.\n"), silent.out());
  }

  @Test
  void whatCannotBeAskedIsSaid() {
    assertEquals(2, explain("--resource", "memry").code());
    assertTrue(explain("--resource", "memry").err().contains("Did you mean \"memory\"?"));
    assertEquals(2, explain("--quantile", "p42").code());
    assertTrue(server.requests.isEmpty());
  }
}
