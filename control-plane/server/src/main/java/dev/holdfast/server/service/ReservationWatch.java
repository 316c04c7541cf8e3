package dev.holdfast.server.service;

import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.proto.reservation.v1.WatchReservationsResponse;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.server.wire.ReservationWire;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.RowWatch;
import dev.holdfast.store.ledger.Stored;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** One watcher of reservations: the present state, then every change, in the order of revisions. */
final class ReservationWatch implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int HEARTBEAT_PATIENCES = 25;

  private final Ledger ledger;
  private final Optional<TenantName> tenant;
  private final long afterRevision;
  private final ServerCallStreamObserver<WatchReservationsResponse> out;

  ReservationWatch(
      Ledger ledger,
      Optional<TenantName> tenant,
      long afterRevision,
      ServerCallStreamObserver<WatchReservationsResponse> out) {
    this.ledger = ledger;
    this.tenant = tenant;
    this.afterRevision = afterRevision;
    this.out = out;
  }

  @Override
  public void run() {
    try {
      long revision = afterRevision == 0 ? present() : afterRevision;
      try (RowWatch<Reservation> watch = ledger.reservations().watch(revision + 1)) {
        follow(watch, revision);
      }
    } catch (RuntimeException failure) {
      if (!out.isCancelled()) {
        out.onError(Unary.refuse(failure, "ReservationService/WatchReservations"));
      }
    }
  }

  private long present() {
    Listed all = Listed.all(ledger, tenant);
    for (Stored<Reservation> stored : all.rows()) {
      if (!stored.value().ended()) {
        send(stored, stored.revision());
      }
    }
    heartbeat(all.revision());
    return all.revision();
  }

  private void follow(RowWatch<Reservation> watch, long from) {
    long revision = from;
    int silent = 0;
    while (!out.isCancelled()) {
      switch (watch.next(PATIENCE)) {
        case RowWatch.Changed<Reservation> changed -> {
          silent = 0;
          revision = changed.revision();
          for (RowWatch.RowChange<Reservation> change : changed.changes()) {
            if (change instanceof RowWatch.Put<Reservation>(Stored<Reservation> row)
                && tenant.map(row.value().name().tenant()::equals).orElse(true)) {
              send(row, revision);
            }
          }
        }
        case RowWatch.Idle<Reservation> _, RowWatch.Disconnected<Reservation> _ -> {
          if (++silent % HEARTBEAT_PATIENCES == 0) {
            heartbeat(revision);
          }
        }
        case RowWatch.Compacted<Reservation> compacted ->
            throw new Refusal(
                new AccessProblem.CallRefused(
                    Problem.Kind.OUT_OF_RANGE,
                    "REVISION_COMPACTED",
                    "changes before revision "
                        + compacted.oldestRevision()
                        + " are forgotten: list again, and watch from the revision that it returns",
                    Map.of()));
      }
    }
  }

  private void send(Stored<Reservation> stored, long revision) {
    out.onNext(
        WatchReservationsResponse.newBuilder()
            .setReservation(ReservationWire.write(stored.value(), stored.revision()))
            .setRevision(revision)
            .build());
  }

  private void heartbeat(long revision) {
    out.onNext(WatchReservationsResponse.newBuilder().setRevision(revision).build());
  }
}
