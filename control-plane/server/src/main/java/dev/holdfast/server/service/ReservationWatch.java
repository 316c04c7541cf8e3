package dev.holdfast.server.service;

import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.proto.reservation.v1.WatchReservationsResponse;
import dev.holdfast.server.wire.ReservationWire;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.Stored;
import java.util.Optional;

/** How reservations are followed: those that go on, then every change. */
final class ReservationWatch {
  private ReservationWatch() {}

  static Following.Feed<Reservation, WatchReservationsResponse> feed(
      Ledger ledger, Optional<TenantName> tenant) {
    return new Following.Feed<>(
        "ReservationService/WatchReservations",
        () -> {
          Listed all = Listed.all(ledger, tenant);
          return new Following.Present<>(
              all.rows().stream().filter(row -> !row.value().ended()).toList(), all.revision());
        },
        ledger.reservations()::watch,
        row -> tenant.map(row.name().tenant()::equals).orElse(true),
        new Words());
  }

  private record Words() implements Following.Words<Reservation, WatchReservationsResponse> {
    @Override
    public WatchReservationsResponse of(Stored<Reservation> stored, long revision) {
      return WatchReservationsResponse.newBuilder()
          .setReservation(ReservationWire.write(stored.value(), stored.revision()))
          .setRevision(revision)
          .build();
    }

    @Override
    public WatchReservationsResponse heartbeat(long revision) {
      return WatchReservationsResponse.newBuilder().setRevision(revision).build();
    }
  }
}
