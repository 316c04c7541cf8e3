package dev.holdfast.server.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.RowHeader;
import dev.holdfast.pam.forecast.xgboost.RowFolder;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsRequest;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsResponse;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.server.learn.model.CpuShare;
import dev.holdfast.server.learn.model.Models;
import dev.holdfast.server.learn.model.SeriesArtefact;
import dev.holdfast.server.learn.model.SeriesModelTrainer;
import dev.holdfast.server.learn.model.WorkloadTypes;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.store.series.ProfiledSample;
import dev.holdfast.store.series.UsageSeries;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of recorded usage, as a caller gets them. */
final class RowAnswersTest {
  private static final Instant START = Instant.parse("2026-03-02T00:00:00Z");
  private static final Duration STEP = Duration.ofMinutes(5);
  private static final int STEPS = 4 * 288;
  private static final Instant END = START.plus(STEP.multipliedBy(STEPS));
  private static final InstantSource CLOCK = InstantSource.fixed(END.plus(Duration.ofHours(1)));
  private static final TenantName ACME = new TenantName("acme");

  @TempDir private Path folder = Path.of("");
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private UsageSeries series;
  private SeriesModelTrainer trainer;
  private Models models;
  private RowAnswers answers;

  @BeforeEach
  void record() throws IOException {
    series = UsageSeries.open(folder.resolve("usage.db"));
    Random random = new Random(3);
    ProfileKey key = new ProfileKey(ACME, new ImageName("%064x".formatted(1)), Optional.empty());
    List<ProfiledSample> samples = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      double level = 1000 * (2 + Math.sin(2 * Math.PI * step / 24) + 0.1 * random.nextDouble());
      samples.add(
          new ProfiledSample(
              ProfileName.inSeries(key),
              new UsageSample(
                  ACME + "/usageImports/i/series/s",
                  step + 1,
                  START.plus(STEP.multipliedBy(step + 1)),
                  STEP,
                  ResourceVector.of(Resource.CPU_MILLICORES, (long) level),
                  Optional.empty(),
                  Map.of())));
    }
    for (int i = 0; i < samples.size(); i += UsageSeries.BATCH_MAX) {
      series.append(samples.subList(i, Math.min(samples.size(), i + UsageSeries.BATCH_MAX)));
    }
    while (series.fold(CLOCK.instant(), 1000) == 1000) {
      // There is more.
    }
    trainer = new SeriesModelTrainer(series, new XgboostLearner(), new WorkloadTypes(10));
    models =
        Models.open(
            folder.resolve("models"),
            CertificateAuthority.open(folder.resolve("ca"), "holdfast.test", CLOCK),
            List.of(trainer),
            new ServerConfig.Training(1, Duration.ofHours(24), Set.of(ModelKind.XGBOOST)),
            new Journal(),
            CLOCK);
    answers = new RowAnswers(models, workers);
  }

  @AfterEach
  void close() {
    workers.shutdownNow();
    models.close();
    series.close();
  }

  /** A caller that takes a message each time that it says so. */
  private static final class Caller extends ServerCallStreamObserver<ExportTrainingRowsResponse> {
    final Queue<ExportTrainingRowsResponse> sent = new ConcurrentLinkedQueue<>();
    final CompletableFuture<ExportTrainingRowsResponse> begun = new CompletableFuture<>();
    final CompletableFuture<Optional<Throwable>> ended = new CompletableFuture<>();
    private Runnable onReady = () -> {};
    private Runnable onCancel = () -> {};
    private final AtomicInteger room = new AtomicInteger();
    private volatile boolean cancelled;

    void take(int more) {
      room.addAndGet(more);
      onReady.run();
    }

    void cancel() {
      cancelled = true;
      onCancel.run();
    }

    Status refusal() throws Exception {
      return Status.fromThrowable(ended.get(60, TimeUnit.SECONDS).orElseThrow());
    }

    @Override
    public boolean isReady() {
      return room.get() > 0;
    }

    @Override
    public boolean isCancelled() {
      return cancelled;
    }

    @Override
    public void onNext(ExportTrainingRowsResponse message) {
      room.decrementAndGet();
      sent.add(message);
      begun.complete(message);
    }

    @Override
    public void onError(Throwable failure) {
      ended.complete(Optional.of(failure));
    }

    @Override
    public void onCompleted() {
      ended.complete(Optional.empty());
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
      onReady = handler;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
      onCancel = handler;
    }

    @Override
    public void setCompression(String compression) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}
  }

  private Caller export(Resource resource, long rows, int room) {
    Caller caller = new Caller();
    caller.take(room);
    answers.export(
        ExportTrainingRowsRequest.newBuilder()
            .setResource(ResourceWire.write(resource))
            .setRowCount(rows)
            .build(),
        caller);
    return caller;
  }

  /** What a caller got, in a folder. */
  private RowFolder kept(Caller caller) throws IOException {
    RowHeader header = RowHeader.read(caller.sent.element().getHeader());
    try (RowFolder.Writer writer = new RowFolder.Writer(folder.resolve("rows"), header)) {
      for (ExportTrainingRowsResponse message : caller.sent) {
        assertTrue(message.getRecords().size() <= 256 << 10);
        writer.copy(message.getRecords().toByteArray());
      }
      writer.finish();
    }
    return RowFolder.open(folder.resolve("rows"));
  }

  @Test
  void theRowsTeachElsewhereByteForByteWhatTheyTeachHere() throws Exception {
    Caller caller = export(Resource.CPU_MILLICORES, 0, Integer.MAX_VALUE);
    assertEquals(Optional.empty(), caller.ended.get(60, TimeUnit.SECONDS));
    RowFolder rows = kept(caller);
    assertTrue(rows.header().records() > 4000, rows.header().toString());
    assertTrue(caller.sent.size() > 1);
    var trained = trainer.gather(CLOCK.instant()).orElseThrow().train(0, CpuShare.of(1));
    assertEquals(trained.samples(), rows.header().records(), "what was set aside is not there");
    Bytes elsewhere = new XgboostLearner().train(rows);
    assertEquals(
        Map.of(Resource.CPU_MILLICORES, elsewhere),
        SeriesArtefact.read(trained.artefact()).models());
  }

  @Test
  void fewerRowsAreLeftOutEvenly() throws Exception {
    Caller caller = export(Resource.CPU_MILLICORES, 1000, Integer.MAX_VALUE);
    assertEquals(Optional.empty(), caller.ended.get(60, TimeUnit.SECONDS));
    long records = kept(caller).header().records();
    assertTrue(records > 500 && records < 2000, records + "");
  }

  @Test
  void nothingIsSentThatTheCallerDoesNotTakeAndOneIsServedAtATime() throws Exception {
    Caller slow = export(Resource.CPU_MILLICORES, 0, 1);
    ExportTrainingRowsResponse first = slow.begun.get(60, TimeUnit.SECONDS);
    assertEquals(RowAnswers.CHUNK_BYTES, first.getRecords().size());
    Caller second = export(Resource.CPU_MILLICORES, 0, Integer.MAX_VALUE);
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, second.refusal().getCode());
    assertEquals(1, slow.sent.size(), "one message was taken");
    assertFalse(slow.ended.isDone());
    slow.take(Integer.MAX_VALUE);
    assertEquals(Optional.empty(), slow.ended.get(60, TimeUnit.SECONDS));
    assertTrue(kept(slow).header().records() > 4000, "then all of it comes");
  }

  @Test
  void aCallerThatHasGoneMakesRoomForAnother() throws Exception {
    Caller gone = export(Resource.CPU_MILLICORES, 0, 0);
    gone.cancel();
    workers.shutdown();
    assertTrue(workers.awaitTermination(60, TimeUnit.SECONDS), "its thread has ended");
    assertTrue(gone.sent.isEmpty());
    assertFalse(gone.ended.isDone(), "nobody is there to be told");
    try (ExecutorService others = Executors.newVirtualThreadPerTaskExecutor()) {
      answers = new RowAnswers(models, others);
      assertEquals(
          Optional.empty(),
          export(Resource.CPU_MILLICORES, 0, Integer.MAX_VALUE).ended.get(60, TimeUnit.SECONDS));
    }
  }

  @Test
  void whereThereIsNoUsageToLearnFromItIsSaidWhatToDo() throws Exception {
    Caller caller = export(Resource.GPU_MEMORY_BYTES, 0, Integer.MAX_VALUE);
    Status refusal = caller.refusal();
    assertEquals(Status.Code.FAILED_PRECONDITION, refusal.getCode());
    assertTrue(String.valueOf(refusal.getDescription()).contains("import history"));
    assertTrue(caller.sent.isEmpty());
  }

  @Test
  void rowsOfNoResourceOrBelowOneAreRefused() {
    for (ExportTrainingRowsRequest request :
        List.of(
            ExportTrainingRowsRequest.getDefaultInstance(),
            ExportTrainingRowsRequest.newBuilder()
                .setResource(ResourceWire.write(Resource.CPU_MILLICORES))
                .setRowCount(-1)
                .build())) {
      Refusal refusal = assertThrows(Refusal.class, () -> answers.export(request, new Caller()));
      assertEquals("INVALID_ARGUMENT", refusal.problem().kind().name());
    }
  }
}
