package dev.holdfast.store.ledger;

import com.google.protobuf.Message;
import dev.holdfast.attestation.Hop;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.RequestId;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.store.proto.RequestRow;
import dev.holdfast.store.seal.SetDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pcollections.TreePMap;

/** What follows from the stored rows: what is held where, and what was made for which request. */
final class Derived {
  private Derived() {}

  /** An image with everything that follows from its stored rows. */
  static Image of(Image stored) {
    var held = new HashMap<RowKey<?, Held>, Held>();
    TreePMap<String, RowState> rows = stored.rows();
    for (RowState entry : stored.under(Kinds.RESERVATION.prefix()).values()) {
      var key = new RowKey<>(Kinds.RESERVATION, entry.path());
      Optional<Stored<Reservation>> reservation = Image.read(Kinds.RESERVATION, entry);
      if (reservation.isEmpty()) {
        continue;
      }
      reservation.get().value().hold().ifPresent(hold -> sum(stored, key, hold, held));
      RequestRow request = entry.message(key).getRequest();
      if (!request.getId().isEmpty()) {
        RowKey<RequestRow, RequestRow> by = Keys.request(RequestId.parse(request.getId()));
        RowState other = rows.get(by.path());
        if (other == null || other.message(by).getAtMillis() < request.getAtMillis()) {
          RequestRow made = request.toBuilder().setReservation(key.rest()).build();
          rows = rows.plus(by.path(), entry(by.path(), made));
        }
      }
    }
    for (Map.Entry<RowKey<?, Held>, Held> one : held.entrySet()) {
      String path = one.getKey().path();
      rows = rows.plus(path, entry(path, Rows.held(one.getValue())));
    }
    return new Image(stored.revision(), stored.head(), rows, stored.unreadable());
  }

  static RowState entry(String path, Message message) {
    return new RowState.Sound(path, message, 0, SetDigest.EMPTY);
  }

  private static void sum(
      Image stored, RowKey<?, Reservation> reservation, Hold hold, Map<RowKey<?, Held>, Held> held) {
    Optional<Stored<PathwayRecord>> pathway;
    try {
      pathway = stored.value(Keys.pathway(hold.pathway()));
    } catch (Refusal damaged) {
      pathway = Optional.empty();
    }
    for (Hop hop : pathway.map(found -> found.value().pathway().hops()).orElse(List.of())) {
      ResourceVector part = hold.amount().restrictedTo(Resource.allottedBy(hop.role()));
      add(held, Keys.held(hop.node()), part);
    }
    ReservationName name = ReservationName.parse(reservation.rest());
    add(held, Keys.held(name.tenant()), hold.amount());
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
