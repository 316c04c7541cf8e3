package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.peers.Prometheus;
import dev.holdfast.proto.reservation.v1.Reservation;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a server with nodes and reservations says of itself, to a real Prometheus among others. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MetricsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Site site;

  @BeforeAll
  void startASite(@TempDir Path directory) throws IOException {
    site = Site.healthy(directory);
  }

  @AfterAll
  void stop() {
    site.close();
  }

  private String scrape() throws IOException, InterruptedException {
    URI metrics = URI.create("http://127.0.0.1:" + site.metricsPort() + "/metrics");
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(metrics).timeout(PATIENCE).build(),
              HttpResponse.BodyHandlers.ofString());
      assertEquals(200, answer.statusCode());
      return answer.body();
    }
  }

  private static boolean all(List<Double> values, double least) {
    return !values.isEmpty() && values.stream().allMatch(value -> value >= least);
  }

  @Test
  void aPrometheusFindsWhatReservationsDid(@TempDir Path folder) throws Exception {
    assumeTrue(Prometheus.installed(), "Prometheus is not installed: run ops/install-packages");
    for (int i = 0; i < 3; i++) {
      Reservation active = site.reserveUntilActive(site.wish());
      site.releaseUntilEnded(active.getName());
    }
    Refused.by(() -> site.get("tenants/t1/reservations/nobodys")).with(Code.NOT_FOUND, "NOT_FOUND");
    try (Prometheus prometheus = Prometheus.scraping(folder, site.metricsPort())) {
      for (String atLeastThree :
          List.of(
              "holdfast_ledger_commit_seconds_count",
              "sum(holdfast_ledger_transaction_seconds_count{outcome=\"committed\"})",
              "holdfast_store_seconds_count{operation=\"commit\",outcome=\"done\"}",
              "holdfast_ledger_rows",
              "holdfast_reservation_events_total{event=\"activated\"}",
              "holdfast_reservation_events_total{event=\"ended\"}",
              "holdfast_appraisal_seconds_count{verdict=\"affirming\"}",
              "holdfast_session_message_seconds_count{message=\"allocations\",outcome=\"done\"}",
              "holdfast_calls_seconds_count{method="
                  + "\"holdfast.reservation.v1.ReservationService/CreateReservation\",status=\"OK\"}")) {
        prometheus.await(atLeastThree, values -> all(values, 3), PATIENCE);
      }
      for (String one :
          List.of(
              "up",
              "holdfast_ledger_leading",
              "holdfast_ledger_term",
              "holdfast_sessions{role=\"hypervisor\",trusted=\"true\"}",
              "holdfast_rejections_total{reason=\"NOT_FOUND\"}")) {
        prometheus.await(one, List.of(1.0)::equals, PATIENCE);
      }
      for (String none :
          List.of(
              "holdfast_reservations{state=\"active\"}",
              "holdfast_ledger_quarantined_rows",
              "holdfast_grants_working")) {
        prometheus.await(none, List.of(0.0)::equals, PATIENCE);
      }
      prometheus.await(
          "holdfast_reservations{state=\"released\"}", values -> all(values, 3), PATIENCE);
      prometheus.await("holdfast_ledger_queue_changes", List.of(0.0)::equals, PATIENCE);
      // Buckets make sense to it: half of the changes took less than what all of them took.
      prometheus.await(
          "histogram_quantile(0.5, holdfast_ledger_commit_seconds_bucket)",
          values -> values.size() == 1 && values.getFirst() > 0,
          PATIENCE);
    }
  }

  @Test
  void promtoolFindsNothingToSayAboutTheNames(@TempDir Path folder) throws Exception {
    Path served = Files.writeString(folder.resolve("metrics.txt"), scrape());
    String said = promtool(served, "check", "metrics");
    assertEquals(List.of(), said.lines().filter(line -> line.startsWith("holdfast_")).toList());
    assertFalse(said.contains("error"), said);
  }

  @Test
  void theAlertsOnThePageAreRules(@TempDir Path folder) throws Exception {
    Path page =
        Path.of(System.getProperty("holdfast.root", "../..")).resolve("ops/docs/metrics.md");
    String text = Files.readString(page);
    String rules = text.substring(text.indexOf("groups:"), text.lastIndexOf("```"));
    Path file = Files.writeString(folder.resolve("alerts.yml"), rules);
    String said = promtool(file, "check", "rules", file.toString());
    assertTrue(said.contains("SUCCESS: 7 rules found"), said);
  }

  private static String promtool(Path input, String... arguments) throws IOException {
    assumeTrue(Prometheus.installed(), "Prometheus is not installed: run ops/install-packages");
    Process promtool =
        new ProcessBuilder(Stream.concat(Stream.of("promtool"), Stream.of(arguments)).toList())
            .redirectInput(input.toFile())
            .redirectErrorStream(true)
            .start();
    return new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void noLabelSaysWhoNorWhatACallerChose() throws Exception {
    site.releaseUntilEnded(site.reserveUntilActive(site.wish()).getName());
    String chosen = "chosen.by.a.caller.Service/Method";
    Code code = call(chosen);
    assertEquals(Code.UNIMPLEMENTED, code);
    String served = scrape();
    assertTrue(
        served.contains("holdfast_calls_seconds_count{method=\"other\",status=\"UNIMPLEMENTED\"}"),
        served);
    List<String> secret =
        Stream.of(
                chosen,
                Site.HYPERVISOR,
                Site.SWITCH,
                Site.FIRST_ENCLAVE,
                Site.FIRST_PATHWAY,
                Site.FIRST_TENANT,
                "t1",
                "enclave-1",
                "ada")
            .filter(name -> served.contains("\"" + name) || served.contains(name + "\""))
            .toList();
    assertEquals(List.of(), secret);
  }

  private Code call(String method) {
    MethodDescriptor.Marshaller<Reservation> any =
        ProtoUtils.marshaller(Reservation.getDefaultInstance());
    try {
      ClientCalls.blockingUnaryCall(
          site.anonymous().channel(),
          MethodDescriptor.newBuilder(any, any)
              .setType(MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(method)
              .build(),
          CallOptions.DEFAULT,
          Reservation.getDefaultInstance());
      return Code.OK;
    } catch (StatusRuntimeException refused) {
      return refused.getStatus().getCode();
    }
  }
}
