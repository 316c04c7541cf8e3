package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.util.JsonFormat;
import dev.holdfast.peers.Prometheus;
import dev.holdfast.proto.forecast.v1.Forecast;
import dev.holdfast.proto.forecast.v1.ForecastDemandRequest;
import dev.holdfast.proto.forecast.v1.ListResourceProfilesRequest;
import dev.holdfast.proto.resource.v1.Workload;
import dev.holdfast.proto.usage.v1.ListUsageSamplesResponse;
import dev.holdfast.server.HoldfastServer;
import dev.holdfast.server.ServerCommand;
import dev.holdfast.server.config.ConfigReader;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.learn.SeriesKeeper;
import dev.holdfast.store.series.Retention;
import dev.holdfast.store.series.UsageSeries;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code holdfast usage}: history of a real Prometheus in a real server. */
final class PrometheusImportTest {
  private static final Instant BEGIN = Instant.parse("2025-06-01T00:00:00Z");
  private static final Duration SPAN = Duration.ofHours(2);
  private static final String DIGEST = "ab".repeat(32);

  @TempDir private Path folder = Path.of("");
  private HoldfastServer server;

  @BeforeEach
  void start() throws IOException {
    CertificateAuthority.open(folder.resolve("tpm"), "tpm.example", InstantSource.system());
    Files.writeString(
        folder.resolve("holdfast.yaml"),
        """
        listen: {port: 0}
        tenants:
          acme:
            quota: {cpuMillicores: 16000}
            trustZones: [edge]
        trustZones:
          edge:
            anchors: [tpm/root.pem]
        """);
    open();
    server.writeOperator(folder.resolve("operator"), "ada");
    server
        .authority()
        .writeCredentials(
            folder.resolve("application"), "tenants/acme/orders", Duration.ofHours(1));
  }

  private void open() throws IOException {
    ServerConfig config = ConfigReader.read(folder.resolve("holdfast.yaml"));
    var usual = HoldfastServer.Environment.system();
    server =
        HoldfastServer.start(
            config,
            ServerCommand.open(config),
            new HoldfastServer.Environment(
                usual.clock(), usual.limits(), usual.journal(), usual.engine(), false));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** Two pods that use a quarter and three quarters of a core, and one of an unknown image. */
  private static String history() {
    StringBuilder text = new StringBuilder("# TYPE container_cpu_usage_seconds counter\n");
    List<String> pods =
        List.of(
            "namespace=\"acme\",image=\"registry.example/orders@sha256:%s\",user=\"ada\",pod=\"a\""
                .formatted(DIGEST),
            "namespace=\"acme\",image=\"registry.example/orders:1.2\",user=\"ada\",pod=\"b\"",
            "namespace=\"acme\",image=\"unheard-of\",user=\"ada\",pod=\"c\"");
    for (int pod = 0; pod < pods.size(); pod++) {
      for (long second = 0; second <= SPAN.toSeconds(); second += 15) {
        text.append(
            "container_cpu_usage_seconds_total{%s} %s %d%n"
                .formatted(
                    pods.get(pod),
                    second * (0.25 + 0.5 * pod),
                    BEGIN.plusSeconds(second).getEpochSecond()));
      }
    }
    text.append("# TYPE container_memory_working_set_bytes gauge\n");
    for (long second = 0; second <= SPAN.toSeconds(); second += 15) {
      text.append(
          "container_memory_working_set_bytes{%s} %d %d%n"
              .formatted(
                  pods.getFirst(),
                  1_000_000 + second % 60,
                  BEGIN.plusSeconds(second).getEpochSecond()));
    }
    text.append("# TYPE rows gauge\n");
    for (long second = 0; second <= SPAN.toSeconds(); second += 15) {
      text.append(
          "rows{%s} %d %d%n"
              .formatted(
                  pods.getFirst(), second / 3600, BEGIN.plusSeconds(second).getEpochSecond()));
    }
    return text.append("# EOF\n").toString();
  }

  private Path mapping(URI source) throws IOException {
    return Files.writeString(
        folder.resolve("mapping.yaml"),
        """
        name: cluster-a
        source: %s
        step: 1m
        tenant: {label: namespace}
        image:
          label: image
          digests: {"registry.example/orders:1.2": %s}
        user: {label: user}
        by: [pod]
        resources:
          cpuMillicores: 1000 * sum by (namespace, image, user, pod) (rate(container_cpu_usage_seconds_total[1m]))
          memoryBytes: max by (namespace, image, user, pod) (max_over_time(container_memory_working_set_bytes[1m]))
        inputs:
          region: {value: eu}
          rows: {query: "max by (namespace, image, user, pod) (rows)"}
        """
            .formatted(source, DIGEST));
  }

  private Ended run(String who, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--server", "localhost:" + server.port()));
    all.addAll(List.of("--credentials", folder.resolve(who).toString()));
    all.addAll(List.of(arguments));
    return Ended.of(InstantSource.system(), folder, all);
  }

  private Ended importUntil(Path mapping, Instant end) {
    return run(
        "operator",
        "usage",
        "import-prometheus",
        "--mapping",
        mapping.toString(),
        "--from",
        BEGIN.toString(),
        "--to",
        end.toString());
  }

  private ListUsageSamplesResponse list(String who, String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "usage",
                "list",
                "--tenant",
                "acme",
                "--from",
                BEGIN.toString(),
                "--to",
                BEGIN.plus(SPAN).plusSeconds(1).toString(),
                "-o",
                "json"));
    arguments.addAll(List.of(more));
    Ended ended = run(who, arguments.toArray(String[]::new));
    assertEquals(0, ended.code(), ended.err());
    var answer = ListUsageSamplesResponse.newBuilder();
    JsonFormat.parser().merge(ended.out(), answer);
    return answer.build();
  }

  private Forecast forecast() {
    try (Remote remote =
        Remote.open(
            "localhost:" + server.port(), folder.resolve("operator"), Duration.ofSeconds(30))) {
      return remote
          .forecasts()
          .forecastDemand(
              ForecastDemandRequest.newBuilder()
                  .setParent("tenants/acme")
                  .setWorkload(Workload.newBuilder().setImage("images/" + DIGEST).setUser("ada"))
                  .build());
    }
  }

  @Test
  void aNewInstallationForecastsFromItsFirstDay() throws Exception {
    assumeTrue(Prometheus.installed(), "Prometheus is not installed");
    assertEquals(500, forecast().getBands(0).getP50().getCpuMillicores(), "nothing is known");
    try (Prometheus prometheus = Prometheus.start(folder.resolve("prometheus"), history())) {
      Path mapping = mapping(prometheus.address());
      Ended half = importUntil(mapping, BEGIN.plus(SPAN.dividedBy(2)));
      assertEquals(0, half.code(), half.err());
      assertTrue(half.out().startsWith("120 samples imported, 120 of them new"), half.out());
      assertTrue(half.err().contains("\"unheard-of\" is no digest of an image"), half.err());
      Ended rest = importUntil(mapping, BEGIN.plus(SPAN));
      assertTrue(rest.out().startsWith("120 samples imported, 120 of them new"), rest.out());
      assertTrue(rest.err().contains("goes on after 2025-06-01T01:00:00Z"), rest.err());
      Ended again = importUntil(mapping, BEGIN.plus(SPAN));
      assertTrue(again.out().startsWith("0 samples imported"), again.out());
    }
    requireHistory();
    // A profile tells quantiles to 2 %.
    for (int start = 0; start < 2; start++) {
      assertEquals(750, (double) forecast().getBands(0).getP90().getCpuMillicores(), 16);
      server.close();
      open();
    }
    server.close();
    forgetSamples();
    open();
    assertEquals(0, list("operator").getSamplesCount(), "only a week of them is kept");
    assertEquals(
        750,
        (double) forecast().getBands(0).getP90().getCpuMillicores(),
        16,
        "learnt from the buckets that they were folded into");
  }

  /** As the server does in the background, here when the history is twenty days old. */
  private void forgetSamples() {
    try (UsageSeries series = UsageSeries.open(folder.resolve("data/usage.db"))) {
      var keeper =
          new SeriesKeeper(series, Retention.DEFAULT, () -> BEGIN.plus(Duration.ofDays(20)));
      keeper.fold();
      keeper.forget();
    }
  }

  private void requireHistory() throws IOException {
    var all = list("application", "--limit", "1000");
    assertEquals(240, all.getSamplesCount());
    assertTrue(
        all.getSamplesList().stream().allMatch(sample -> sample.getSampleCount() == 1), "whole");
    assertEquals(120, list("operator", "--input", "rows=0..2").getSamplesCount(), "of one pod");
    assertEquals(
        240, list("operator", "--input", "region=eu", "--image", DIGEST).getSamplesCount());
    assertEquals(0, list("operator", "--input", "region=us").getSamplesCount());
    assertEquals(0, list("operator", "--user", "eve").getSamplesCount());
    var late = list("operator", "--input", "rows=1");
    assertEquals(60, late.getSamplesCount());
    assertEquals(250, late.getSamples(0).getUsage().getCpuMillicores());
    assertEquals(1_000_045, late.getSamples(0).getUsage().getMemoryBytes());
    assertEquals(7, list("operator", "--limit", "7").getSamplesCount());
    Ended table = run("operator", "usage", "list", "--tenant", "acme", "--from", BEGIN.toString());
    assertTrue(table.out().contains("region=eu"), table.out());
    Ended odd = run("operator", "usage", "list", "--tenant", "acme", "--step", "7s");
    assertEquals(1, odd.code());
    assertTrue(odd.err().contains("5 min"), odd.err());
  }

  @Test
  void onlyAnOperatorImportsAndATenantSeesItsOwn() throws Exception {
    assumeTrue(Prometheus.installed(), "Prometheus is not installed");
    server
        .authority()
        .writeCredentials(folder.resolve("other"), "tenants/other/x", Duration.ofHours(1));
    assertEquals(1, run("other", "usage", "list", "--tenant", "acme").code());
    try (Prometheus prometheus = Prometheus.start(folder.resolve("prometheus"), history())) {
      Path mapping = mapping(prometheus.address());
      Ended refused =
          run(
              "application",
              "usage",
              "import-prometheus",
              "--mapping",
              mapping.toString(),
              "--from",
              BEGIN.toString());
      assertEquals(1, refused.code(), refused.err());
      String split = Files.readString(mapping).replace("by: [pod]", "by: []");
      Files.writeString(mapping, split);
      Ended ambiguous = importUntil(mapping, BEGIN.plus(SPAN));
      assertEquals(0, ambiguous.code(), "its two pods are of differently named images");
      Files.writeString(mapping, split.replace("label: image", "label: namespace"));
      ambiguous = importUntil(mapping, BEGIN.plus(SPAN));
      assertEquals(1, ambiguous.code());
      assertTrue(ambiguous.err().contains("aggregate it by these labels"), ambiguous.err());
      Files.writeString(mapping, split.replace("max_over_time", "no_such_function"));
      Ended wrong = importUntil(mapping, BEGIN.plus(SPAN));
      assertEquals(1, wrong.code());
      assertTrue(wrong.err().contains("unknown function"), wrong.err());
    }
    Ended away = importUntil(mapping(URI.create("http://127.0.0.1:1")), BEGIN.plus(SPAN));
    assertEquals(3, away.code(), away.err());
  }

  @Test
  void aProfileThatNobodyImportedIsNotFound() {
    try (Remote remote =
        Remote.open(
            "localhost:" + server.port(), folder.resolve("operator"), Duration.ofSeconds(30))) {
      assertEquals(
          0,
          remote
              .forecasts()
              .listResourceProfiles(
                  ListResourceProfilesRequest.newBuilder().setParent("tenants/acme").build())
              .getResourceProfilesCount());
      var refused =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  remote
                      .usage()
                      .listUsageSamples(
                          dev.holdfast.proto.usage.v1.ListUsageSamplesRequest.newBuilder()
                              .setParent("tenants/acme")
                              .setSubject("tenants/acme/resourceProfiles/p" + "0".repeat(32))
                              .build()));
      assertEquals(Status.Code.NOT_FOUND, refused.getStatus().getCode());
      assertFalse(String.valueOf(refused.getMessage()).isEmpty());
    }
  }
}
