package dev.holdfast.server.service;

import com.google.protobuf.ByteString;
import dev.holdfast.pam.forecast.series.RowHeader;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Records on their way to a caller: every write is a message, the first of which has the header. A
 * write waits until the caller has taken what was sent before, for a minute at most, so one message
 * is all that memory holds of them.
 */
final class RowStream extends OutputStream {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final ServerCallStreamObserver<ExportTrainingRowsResponse> out;
  private final Semaphore moved = new Semaphore(0);
  private String header;

  /** To a caller; within the call's own method, as what it waits for is set up here. */
  RowStream(ServerCallStreamObserver<ExportTrainingRowsResponse> out, RowHeader header) {
    this.out = out;
    this.header = header.toJson();
    out.setOnReadyHandler(moved::release);
    out.setOnCancelHandler(moved::release);
  }

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one}, 0, 1);
  }

  /**
   * Sends a message.
   *
   * @throws CancellationException if the caller has gone
   * @throws Refusal with DEADLINE_EXCEEDED if it takes nothing, with UNAVAILABLE if the server
   *     stops
   */
  @Override
  public void write(byte[] bytes, int offset, int length) {
    while (!out.isReady() && !out.isCancelled()) {
      awaitMove();
    }
    if (out.isCancelled()) {
      throw new CancellationException();
    }
    out.onNext(
        ExportTrainingRowsResponse.newBuilder()
            .setHeader(header)
            .setRecords(ByteString.copyFrom(bytes, offset, length))
            .build());
    header = "";
  }

  private void awaitMove() {
    try {
      if (!moved.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw refusal(
            Problem.Kind.DEADLINE_EXCEEDED,
            "no row was read for " + PATIENCE.toSeconds() + " s: call again, and read on");
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw refusal(Problem.Kind.UNAVAILABLE, "this server is stopping: call again");
    }
  }

  private static Refusal refusal(Problem.Kind kind, String message) {
    return new Refusal(new AccessProblem.CallRefused(kind, "EXPORT_ENDED", message, Map.of()));
  }
}
