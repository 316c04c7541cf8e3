package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import com.google.type.Interval;
import dev.holdfast.pam.forecast.series.RowWriter;
import dev.holdfast.pam.forecast.xgboost.RowFolder;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import dev.holdfast.proto.forecast.v1.ActivateModelRequest;
import dev.holdfast.proto.forecast.v1.Coverage;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsRequest;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsResponse;
import dev.holdfast.proto.forecast.v1.Forecast;
import dev.holdfast.proto.forecast.v1.ForecastDemandRequest;
import dev.holdfast.proto.forecast.v1.GetResourceProfileRequest;
import dev.holdfast.proto.forecast.v1.ImportModelRequest;
import dev.holdfast.proto.forecast.v1.ListResourceProfilesRequest;
import dev.holdfast.proto.forecast.v1.Model;
import dev.holdfast.proto.forecast.v1.PinModelRequest;
import dev.holdfast.proto.forecast.v1.ProfileLevel;
import dev.holdfast.proto.forecast.v1.ResourceProfile;
import dev.holdfast.proto.forecast.v1.RollbackModelRequest;
import dev.holdfast.proto.forecast.v1.TrainModelRequest;
import dev.holdfast.proto.forecast.v1.Training;
import dev.holdfast.proto.resource.v1.QuantileBand;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code holdfast profiles}, {@code forecast} and {@code models}, as the process would end. */
final class ForecastCommandsTest {
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

  private Ended run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("--server", server.address()));
    all.addAll(List.of("--credentials", credentials.toString()));
    all.addAll(List.of(arguments));
    return Ended.of(() -> NOW, folder, all);
  }

  private static Timestamp time(long after) {
    return Timestamp.newBuilder().setSeconds(NOW.getEpochSecond() + after).build();
  }

  private static ResourceVector cpu(long millicores) {
    return ResourceVector.newBuilder().setCpuMillicores(millicores).build();
  }

  private static Forecast rising() {
    Forecast.Builder forecast =
        Forecast.newBuilder()
            .setResourceProfile(PROFILE)
            .setLevel(ProfileLevel.PROFILE_LEVEL_TENANT_IMAGE_USER)
            .setModel(MODEL)
            .setConfidence(0.934)
            .addCoverage(
                Coverage.newBuilder()
                    .setResource(Resource.RESOURCE_CPU_MILLICORES)
                    .setOutcomeCount(1000)
                    .setP50(0.51)
                    .setP99(0.99));
    for (int i = 0; i < 8; i++) {
      forecast.addBands(
          QuantileBand.newBuilder()
              .setInterval(
                  Interval.newBuilder()
                      .setStartTime(time(300L * i))
                      .setEndTime(time(300L * (i + 1))))
              .setP50(cpu(100))
              .setP95(cpu(100L * (i + 1)))
              .setP99(cpu(100L * (i + 1))));
    }
    return forecast.build();
  }

  @Test
  void aForecastIsDrawnBandByBandForEachResource() {
    server.forecast = rising();
    Ended ended =
        run(
            "forecast",
            "--tenant",
            "acme",
            "--image",
            IMAGE,
            "--user",
            "ann",
            "--type",
            "batch",
            "--input",
            "rows=5",
            "--horizon",
            "40m",
            "--step",
            "5m");
    assertEquals(0, ended.code(), ended.err());
    assertEquals(
        """
        Forecast for %s
          level         TENANT_IMAGE_USER
          confidence    0.93
          model         models/xgb-0123456789abcdef
          bands         8 of 5m, from 2026-03-01T10:00:00Z on

        cpu
          p50  ▂▂▂▂▂▂▂▂  100m
          p95  ▂▃▄▅▆▇██  100m to 800m
          p99  ▂▃▄▅▆▇██  100m to 800m

        HELD SO FAR  OUTCOMES  P50    P90   P95   P99
        cpu          1000      51.0%%  0.0%%  0.0%%  99.0%%
        """
            .formatted(PROFILE),
        ended.out());
    var request = (ForecastDemandRequest) server.requests.getFirst();
    assertEquals("tenants/acme", request.getParent());
    assertEquals("images/" + IMAGE, request.getWorkload().getImage());
    assertEquals("ann", request.getWorkload().getUser());
    assertEquals("batch", request.getWorkload().getWorkloadType());
    assertEquals(2400, request.getHorizon().getSeconds());
    assertEquals(300, request.getStep().getSeconds());
    assertEquals(1, request.getWorkload().getInputsCount());
  }

  @Test
  void aForecastIsAMessageToPrograms() throws IOException {
    server.forecast = rising();
    Ended ended = run("-o", "json", "forecast", "--tenant", "acme", "--image", IMAGE);
    Forecast.Builder read = Forecast.newBuilder();
    JsonFormat.parser().merge(ended.out(), read);
    assertEquals(rising(), read.build());
  }

  @Test
  void whatAForecastNeedsIsAskedFor() {
    Ended ended = run("forecast", "--tenant", "acme");
    assertEquals(2, ended.code());
    assertTrue(ended.err().contains("--image"), ended.err());
    assertTrue(server.requests.isEmpty());
  }

  @ParameterizedTest
  @CsvSource({"0, 0, ▁", "1, 0, ▁", "0, 800, ▁", "99, 800, ▁", "100, 800, ▂", "800, 800, █"})
  void aBlockIsAsHighAsItsShareOfTheMost(long amount, long most, String block) {
    assertEquals(block, Sparkline.of(new long[] {amount}, most));
  }

  @Test
  void ofMoreAmountsThanBlocksNoneIsLost() {
    long[] amounts = new long[1000];
    amounts[777] = 5;
    String row = Sparkline.of(amounts, 5);
    assertEquals(Sparkline.BLOCKS_MAX, row.length());
    assertEquals(777 * Sparkline.BLOCKS_MAX / 1000, row.indexOf('█'));
  }

  @Test
  void profilesSayWhatTheyAreAboutAndWhatWasKeptOut() {
    ResourceProfile profile =
        ResourceProfile.newBuilder()
            .setName(PROFILE)
            .setLevel(ProfileLevel.PROFILE_LEVEL_TENANT_IMAGE_USER)
            .setImage("images/" + IMAGE)
            .setUser("ann")
            .setSampleCount(120)
            .setQuarantinedSampleCount(7)
            .setUsage(
                QuantileBand.newBuilder()
                    .setP50(cpu(100))
                    .setP90(cpu(200))
                    .setP95(cpu(300))
                    .setP99(cpu(400)))
            .setUpdateTime(time(-60))
            .build();
    ResourceProfile type =
        ResourceProfile.newBuilder()
            .setName(PROFILE)
            .setLevel(ProfileLevel.PROFILE_LEVEL_WORKLOAD_TYPE)
            .setWorkloadType("train")
            .build();
    server.profiles = List.of(profile, type);
    Ended list = run("profiles", "list", "--tenant", "acme");
    assertEquals(0, list.code(), list.err());
    assertEquals(
        "tenants/acme", ((ListResourceProfilesRequest) server.requests.getFirst()).getParent());
    for (String word : List.of("abababababab ann", "train", "120", "7", "cpu 300m", "1m ago")) {
      assertTrue(list.out().contains(word), word + " in:\n" + list.out());
    }
    Ended show = run("profiles", "show", "acme/p" + "0".repeat(32));
    assertEquals(0, show.code(), show.err());
    assertEquals(PROFILE, ((GetResourceProfileRequest) server.requests.getLast()).getName());
    assertTrue(show.out().contains("quarantined   7"), show.out());
    assertTrue(show.out().contains("cpu     100m  200m  300m  400m"), show.out());
  }

  private static Model model() {
    return Model.newBuilder()
        .setName(MODEL)
        .setKind(Model.Kind.KIND_XGBOOST)
        .setState(Model.State.STATE_CHAMPION)
        .addChampionResources(Resource.RESOURCE_CPU_MILLICORES)
        .addPinnedResources(Resource.RESOURCE_CPU_MILLICORES)
        .setSeed(7)
        .putParameters("rounds", "100")
        .addEvaluations(evaluation(0.41))
        .addChampionEvaluations(evaluation(0.52))
        .build();
  }

  private static Model.Evaluation evaluation(double loss) {
    return Model.Evaluation.newBuilder()
        .setResource(Resource.RESOURCE_CPU_MILLICORES)
        .setOutcomeCount(500)
        .setScaledPinballLoss(loss)
        .setCoverage(Coverage.newBuilder().setP95(0.951))
        .build();
  }

  @Test
  void aModelIsShownWithItsFiguresBesideTheChampions() {
    server.models = List.of(model());
    Ended list = run("models", "list");
    assertEquals(0, list.code(), list.err());
    for (String word : List.of(MODEL, "XGBOOST", "CHAMPION", "cpu")) {
      assertTrue(list.out().contains(word), word + " in:\n" + list.out());
    }
    Ended show = run("models", "show", "xgb-0123456789abcdef");
    assertEquals(0, show.code(), show.err());
    for (String word :
        List.of("pinned in     cpu", "rounds 100", "cpu       500       0.410  0.520", "95.1%")) {
      assertTrue(show.out().contains(word), word + " in:\n" + show.out());
    }
  }

  @Test
  void modelsAreActivatedRolledBackPinnedAndLetGo() {
    server.models = List.of(model());
    assertEquals(0, run("models", "activate", MODEL, "--force").code());
    assertTrue(((ActivateModelRequest) server.requests.getLast()).getForce());
    assertEquals(0, run("models", "rollback", MODEL).code());
    assertEquals(MODEL, ((RollbackModelRequest) server.requests.getLast()).getChampion());
    assertEquals(0, run("models", "pin", MODEL).code());
    assertEquals(PinModelRequest.newBuilder().setName(MODEL).build(), server.requests.getLast());
    assertEquals(0, run("models", "pin", MODEL, "--release").code());
    assertTrue(((PinModelRequest) server.requests.getLast()).getRelease());
    assertEquals(2, run("models", "pin", "no such/model").code());
  }

  @Test
  void trainingIsWaitedForAndItsOutcomeIsHowTheCommandEnds() {
    Training running = Training.newBuilder().setState(Training.State.STATE_RUNNING).build();
    server.trainings.add(running);
    Ended begun = run("models", "train", "--seed", "7", "--activate");
    assertEquals(0, begun.code(), begun.err());
    assertTrue(begun.out().contains("RUNNING"), begun.out());
    assertEquals(
        TrainModelRequest.newBuilder()
            .setKind(Model.Kind.KIND_XGBOOST)
            .setSeed(7)
            .setActivateIfBetter(true)
            .build(),
        server.requests.getLast());

    server.trainings.add(running);
    server.trainings.add(
        Training.newBuilder()
            .setState(Training.State.STATE_FAILED)
            .setMessage("there is too little usage to learn from yet")
            .build());
    Ended failed = run("models", "train", "--kind", "lstm", "--wait");
    assertEquals(1, failed.code(), failed.err());
    assertTrue(failed.out().contains("too little usage"), failed.out());
  }

  @Test
  void aModelTrainedElsewhereIsHandedOver() throws IOException {
    Path file = Files.writeString(folder.resolve("memory.ubj"), "trees");
    server.trainings.add(
        Training.newBuilder()
            .setState(Training.State.STATE_DONE)
            .setMessage("it is better in nothing")
            .build());
    Ended ended = run("models", "import", "--resource", "memory", "--activate", file.toString());
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().contains("it is better in nothing"), ended.out());
    assertEquals(
        ImportModelRequest.newBuilder()
            .setResource(Resource.RESOURCE_MEMORY_BYTES)
            .setContent(ByteString.copyFromUtf8("trees"))
            .setActivateIfBetter(true)
            .build(),
        server.requests.getLast());

    Ended unknown = run("models", "import", "--resource", "mem", file.toString());
    assertEquals(2, unknown.code());
    assertTrue(unknown.err().contains("cpu, memory, disk-read"), unknown.err());
    assertEquals(2, run("models", "import", "--resource", "cpu", "no-such-file").code());
  }

  /** A message of so many records, which are counted up. */
  private static ExportTrainingRowsResponse rows(String header, int first, int count) {
    byte[] records = new byte[count * RowWriter.RECORD_BYTES];
    for (int i = 0; i < records.length; i++) {
      records[i] = (byte) (first + i / RowWriter.RECORD_BYTES);
    }
    return ExportTrainingRowsResponse.newBuilder()
        .setHeader(header)
        .setRecords(ByteString.copyFrom(records))
        .build();
  }

  @Test
  void theRowsOfAServerMakeAFolderToTrainOn() throws IOException {
    XgboostLearner learner = new XgboostLearner();
    server.rows =
        List.of(rows(learner.header("gpu_millidevices", 0).toJson(), 1, 3), rows("", 4, 2));
    Path out = folder.resolve("rows/gpu");
    String[] command = {"models", "rows", "--resource", "gpu", "--out", out.toString()};
    Ended ended = run(command);
    assertEquals(new Ended(0, "5 rows in " + out + "\n", ""), ended);
    assertEquals(
        ExportTrainingRowsRequest.newBuilder()
            .setResource(Resource.RESOURCE_GPU_MILLIDEVICES)
            .build(),
        server.requests.getLast());
    RowFolder read = RowFolder.open(out);
    assertEquals(learner.header("gpu", 0).of(5), read.header());
    assertArrayEquals(
        rows("", 1, 5).getRecords().toByteArray(), Files.readAllBytes(read.records()));

    server.rowsEnd = false;
    assertEquals(Exit.UNREACHABLE.code(), run(command).code());
    assertTrue(Files.exists(out.resolve(RowFolder.RECORDS)));
    assertFalse(Files.exists(out.resolve(RowFolder.HEADER)), "what was cut short is not whole");
  }

  @Test
  void rowsThatAServerDoesNotHaveTouchNothing() throws IOException {
    Path out = folder.resolve("rows");
    String[] command = {"models", "rows", "--resource", "cpu", "--rows", "9", "--out"};
    List<String> all = new ArrayList<>(List.of(command));
    all.add(out.toString());
    for (String header : List.of("", "{}", "[" + new XgboostLearner().header("cpu", 0).toJson())) {
      server.rows = List.of(rows(header, 0, 1));
      Ended ended = run(all.toArray(String[]::new));
      assertEquals(Exit.REFUSED.code(), ended.code(), header);
      assertTrue(ended.err().contains("no rows of this release"), ended.err());
    }
    assertEquals(9, ((ExportTrainingRowsRequest) server.requests.getLast()).getRowCount());
    server.rows = List.of();
    assertEquals(Exit.REFUSED.code(), run(all.toArray(String[]::new)).code());
    assertFalse(Files.exists(out));
  }
}
