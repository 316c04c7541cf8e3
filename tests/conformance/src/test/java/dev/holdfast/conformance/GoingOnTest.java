package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.forecast.series.RowWriter;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsRequest;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsResponse;
import dev.holdfast.proto.forecast.v1.Forecast;
import dev.holdfast.proto.forecast.v1.ForecastDemandRequest;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc;
import dev.holdfast.proto.forecast.v1.GetModelRequest;
import dev.holdfast.proto.forecast.v1.Model;
import dev.holdfast.proto.forecast.v1.TrainModelRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.proto.resource.v1.Workload;
import dev.holdfast.proto.usage.v1.ImportUsageHistoryRequest;
import dev.holdfast.proto.usage.v1.UsageHistory;
import dev.holdfast.proto.usage.v1.UsageSample;
import dev.holdfast.proto.usage.v1.UsageServiceGrpc;
import dev.holdfast.server.journal.Event;
import io.grpc.Status.Code;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A workload that went on elsewhere before, and goes on here. */
final class GoingOnTest {
  private static final Duration STEP = Duration.ofMinutes(5);
  private static final int STEPS = 3 * 288;

  /** Times to look again. */
  private static final int PATIENCE = 240;

  @TempDir Path directory;

  /** Up and down in two hours, between 500 and 1500. */
  private static long level(long step) {
    return (long) (1000 + 500 * Math.sin(2 * Math.PI * step / 24));
  }

  private static void remember(Site site, Workload workload, Instant until) {
    UsageHistory.Builder history =
        UsageHistory.newBuilder()
            .setParent(Site.FIRST_TENANT)
            .setWorkload(workload)
            .setSeriesId("one");
    for (int step = 1; step <= STEPS; step++) {
      Instant end = until.minus(STEP.multipliedBy(STEPS - step));
      history.addSamples(
          UsageSample.newBuilder()
              .setEndTime(PaperNode.time(end))
              .setPeriod(com.google.protobuf.Duration.newBuilder().setSeconds(STEP.toSeconds()))
              .setUsage(
                  ResourceVector.newBuilder()
                      .setCpuMillicores(level(end.getEpochSecond() / STEP.toSeconds()))));
    }
    int taken =
        UsageServiceGrpc.newBlockingStub(site.operator().channel())
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .importUsageHistory(
                ImportUsageHistoryRequest.newBuilder()
                    .setUsageImportId("elsewhere")
                    .addHistories(history)
                    .build())
            .getNewSampleCount();
    assertEquals(STEPS, taken);
  }

  @Test
  void itsReservationIsSizedByTheChampionThatItsHistoryTaught() throws Exception {
    try (Site site = Site.healthy(directory)) {
      Workload workload = Workload.newBuilder().setImage("images/" + "cd".repeat(32)).build();
      Instant now = site.clock().instant();
      long steps = now.minus(STEP).getEpochSecond() / STEP.toSeconds();
      int told = site.events().count();
      remember(site, workload, Instant.ofEpochSecond(steps * STEP.toSeconds()));

      var forecasts = ForecastServiceGrpc.newBlockingStub(site.operator().channel());
      for (int i = 0; i < PATIENCE && !taught(site); i++) {
        // Until its usage is folded into steps there is nothing to learn from.
        forecasts
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .trainModel(TrainModelRequest.newBuilder().setActivateIfBetter(true).build());
        pause();
      }
      String champion =
          "models/" + site.events().await(told, Event.ChampionsChanged.class, _ -> true).model();
      Forecast forecast = forecast(site, workload);
      for (int i = 0; i < PATIENCE && !forecast.getModel().equals(champion); i++) {
        pause();
        forecast = forecast(site, workload);
      }
      assertEquals(champion, forecast.getModel());
      requireItsRows(site, champion);
      // An hour in twelve bands: half of the way from one turn to the other.
      long least = Long.MAX_VALUE;
      long most = 0;
      for (int band = 0; band < forecast.getBandsCount(); band++) {
        long expected = forecast.getBands(band).getP50().getCpuMillicores();
        double really = (double) level(steps + band + 1);
        assertEquals(really, (double) expected, 350, "band " + band);
        least = Math.min(least, expected);
        most = Math.max(most, forecast.getBands(band).getP95().getCpuMillicores());
      }
      assertTrue(most > 1.3 * least, least + " to " + most);

      Reservation made = site.reserve(site.wish().setWorkload(workload).clearAmount());
      assertEquals(champion, "models/" + made.getForecast());
      assertTrue(made.getAmount().getCpuMillicores() >= most, made.toString());
      assertEquals(forecast.getHold().getCpuMillicores(), made.getAmount().getCpuMillicores());
    }
  }

  /** What it learnt from is handed out, to operators. */
  private static void requireItsRows(Site site, String champion) {
    ExportTrainingRowsRequest request =
        ExportTrainingRowsRequest.newBuilder()
            .setResource(Resource.RESOURCE_CPU_MILLICORES)
            .build();
    var operator =
        ForecastServiceGrpc.newBlockingStub(site.operator().channel())
            .withDeadlineAfter(20, TimeUnit.SECONDS);
    long bytes = 0;
    Iterator<ExportTrainingRowsResponse> messages = operator.exportTrainingRows(request);
    while (messages.hasNext()) {
      bytes += messages.next().getRecords().size();
    }
    Model model = operator.getModel(GetModelRequest.newBuilder().setName(champion).build());
    assertEquals(0, bytes % RowWriter.RECORD_BYTES);
    double learnt = (double) model.getSampleCount();
    double rows = (double) bytes / RowWriter.RECORD_BYTES;
    assertEquals(learnt, rows, 0.02 * learnt, "a step more may have been folded since");
    var tenant =
        ForecastServiceGrpc.newBlockingStub(site.firstTenant().channel())
            .withDeadlineAfter(20, TimeUnit.SECONDS);
    Refused.by(() -> tenant.exportTrainingRows(request).hasNext())
        .with(Code.PERMISSION_DENIED, "ROLE");
  }

  private static boolean taught(Site site) {
    return !site.events().all(Event.ChampionsChanged.class).isEmpty();
  }

  /** Passes of the server go by real time. */
  private static void pause() throws InterruptedException {
    assertFalse(new CountDownLatch(1).await(500, TimeUnit.MILLISECONDS));
  }

  private static Forecast forecast(Site site, Workload workload) {
    return ForecastServiceGrpc.newBlockingStub(site.firstTenant().channel())
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .forecastDemand(
            ForecastDemandRequest.newBuilder()
                .setParent(Site.FIRST_TENANT)
                .setWorkload(workload)
                .build());
  }
}
