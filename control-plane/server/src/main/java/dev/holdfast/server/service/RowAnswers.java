package dev.holdfast.server.service;

import dev.holdfast.pam.forecast.series.RowHeader;
import dev.holdfast.pam.forecast.series.RowWriter;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsRequest;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsResponse;
import dev.holdfast.server.learn.model.ModelTrainer;
import dev.holdfast.server.learn.model.Models;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.server.wire.ResourceWire;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;

/** Hands out the rows that models are trained on, to one caller at a time. */
final class RowAnswers {
  static final String METHOD = "ForecastService/ExportTrainingRows";

  /** Each message but the last has as many records as fit into 256 KiB. */
  static final int CHUNK_BYTES = (256 << 10) / RowWriter.RECORD_BYTES * RowWriter.RECORD_BYTES;

  /** Of the training; a trainer of a fleet writes another into the header if it wants one. */
  private static final long SEED = 0;

  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final Models models;
  private final ExecutorService workers;
  private final Semaphore room = new Semaphore(1);

  /**
   * Hands out rows of what models learn from.
   *
   * @param workers where an export runs, on a thread that waits for its caller
   */
  RowAnswers(Models models, ExecutorService workers) {
    this.models = models;
    this.workers = workers;
  }

  void export(
      ExportTrainingRowsRequest request, ServerCallStreamObserver<ExportTrainingRowsResponse> out) {
    Resource resource = ResourceWire.resource("resource", request.getResource());
    long wanted = request.getRowCount() == 0 ? ModelTrainer.ROWS_WANTED : request.getRowCount();
    if (wanted < 1 || wanted > RowHeader.RECORDS_MAX) {
      throw new Refusal(
          new Problem.Amount("row_count", "0 to " + RowHeader.RECORDS_MAX, Long.toString(wanted)));
    }
    RowStream stream =
        new RowStream(
            out, new XgboostLearner().header(resource.name().toLowerCase(Locale.ROOT), SEED));
    workers.execute(() -> export(resource, wanted, stream, out));
  }

  private void export(
      Resource resource,
      long wanted,
      RowStream stream,
      ServerCallStreamObserver<ExportTrainingRowsResponse> out) {
    try {
      if (!room.tryAcquire()) {
        throw new Refusal(new Problem.Overloaded("the export of rows", PAUSE));
      }
      try {
        write(resource, wanted, stream);
      } finally {
        room.release();
      }
      out.onCompleted();
    } catch (IOException | RuntimeException failure) {
      if (!out.isCancelled()) {
        out.onError(Unary.refuse(failure, METHOD));
      }
    }
  }

  private void write(Resource resource, long wanted, OutputStream stream) throws IOException {
    // Filled with records of one length, a buffer of a multiple of it is flushed between two of
    // them.
    OutputStream chunks = new BufferedOutputStream(stream, CHUNK_BYTES);
    RowWriter rows = new RowWriter(chunks);
    models.course(ModelKind.XGBOOST).ifPresent(course -> course.rows(resource, wanted, rows));
    if (rows.rows() == 0) {
      throw new Refusal(
          new Problem.IllegalState(
              "models/-",
              "WITHOUT_USAGE",
              "There is too little usage of "
                  + resource
                  + " to learn from yet: wait until workloads have run for some hours, or import"
                  + " history."));
    }
    chunks.flush();
  }
}
