package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Hop;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.store.proto.RequestRow;
import dev.holdfast.store.proto.ReservationRow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What follows from the stored rows: what is held where, and what was made for which request. */
final class Derived {
  private Derived() {}

  /** Adds to the stored rows, by their paths, everything that follows from them. */
  static void add(Map<String, RowState> rows) {
    var held = new HashMap<RowKey<?, Held>, Held>();
    var requests = new HashMap<RowKey<?, RequestRow>, RequestRow>();
    for (RowState row : rows.values()) {
      if (!row.path().startsWith(Kinds.RESERVATION.prefix())) {
        continue;
      }
      Optional<RowState.Sound> truth = row.truth();
      if (truth.isEmpty()) {
        continue;
      }
      var key = new RowKey<>(Kinds.RESERVATION, row.path());
      ReservationRow message = truth.get().message(key);
      // What cannot be used holds what it holds all the same.
      if (message.hasHold()) {
        TenantName tenant = ReservationName.parse(key.rest()).tenant();
        sum(rows, tenant, ReservationRows.hold(message.getHold()), held);
      }
      RequestRow request = message.getRequest();
      if (!request.getId().isEmpty()) {
        requests.merge(
            Kinds.REQUEST.key(request.getId()),
            request.toBuilder().setReservation(key.rest()).build(),
            (one, other) -> one.getAtMillis() < other.getAtMillis() ? other : one);
      }
    }
    held.forEach((key, sum) -> rows.put(key.path(), RowState.Sound.derived(key, sum)));
    requests.forEach((key, request) -> rows.put(key.path(), RowState.Sound.derived(key, request)));
  }

  private static void sum(
      Map<String, RowState> rows, TenantName tenant, Hold hold, Map<RowKey<?, Held>, Held> held) {
    Optional<Stored<PathwayRecord>> found =
        Optional.ofNullable(rows.get(Keys.pathway(hold.pathway()).path()))
            .flatMap(RowState::truth)
            .flatMap(pathway -> Image.read(Kinds.PATHWAY, pathway));
    for (Hop hop : found.map(row -> row.value().pathway().hops()).orElse(List.of())) {
      add(held, Keys.held(hop.node()), hold.amount().restrictedTo(Resource.allottedBy(hop.role())));
    }
    add(held, Keys.held(tenant), hold.amount());
    add(held, Keys.held(hold.pathway()), hold.amount());
  }

  private static void add(
      Map<RowKey<?, Held>, Held> held, RowKey<?, Held> key, ResourceVector amount) {
    held.merge(
        key,
        new Held(amount, 1),
        (old, more) -> new Held(old.amount().plus(more.amount()), old.holds() + 1));
  }
}
