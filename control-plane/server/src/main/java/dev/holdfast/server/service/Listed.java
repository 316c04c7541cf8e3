package dev.holdfast.server.service;

import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.Listing;
import dev.holdfast.store.ledger.Stored;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Every reservation of a tenant, or of all.
 *
 * @param rows in the order of their names
 * @param revision of the first part read: watching after it misses nothing, and may repeat
 *     something
 */
record Listed(List<Stored<Reservation>> rows, long revision) {
  private static final int PART = 1000;

  static Listed all(Ledger ledger, Optional<TenantName> tenant) {
    List<Stored<Reservation>> rows = new ArrayList<>();
    Listing<Reservation> part = ledger.reservations().list(tenant, Optional.empty(), PART);
    long revision = part.revision();
    rows.addAll(part.rows());
    while (part.more() && !part.rows().isEmpty()) {
      Optional<ReservationName> after = Optional.of(part.rows().getLast().value().name());
      part = ledger.reservations().list(tenant, after, PART);
      rows.addAll(part.rows());
    }
    return new Listed(List.copyOf(rows), revision);
  }
}
