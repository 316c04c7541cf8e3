package dev.holdfast.store.ledger;

import static dev.holdfast.store.ledger.Site.START;
import static dev.holdfast.store.ledger.Site.TENANT;
import static dev.holdfast.store.ledger.Site.assertRefused;
import static dev.holdfast.store.ledger.Site.cause;
import static dev.holdfast.store.ledger.Site.reserve;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.ManualClock;
import dev.holdfast.store.proto.ReservationRow;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that another release wrote, and this one cannot read (E17). */
final class OtherReleaseTest {
  @TempDir Path folder;
  private final ManualClock clock = new ManualClock(START);

  private static ReservationName name(String id) {
    return new ReservationName(TENANT, id);
  }

  @Test
  void e17_aRowThatAnotherReleaseWroteHoldsUpNobodyElse() {
    try (KeyValueStore store = EmbeddedStore.open(folder.resolve("ledger.db"), clock)) {
      var writer = new Ledger(store, Site.KEYS, clock);
      writer.becomeLeader("writer:1");
      Site.build(writer);
      reserve(writer, "r1", 4000, 1);
      reserve(writer, "r2", 1, 1);
      writer
          .shard()
          .change(
              draft -> {
                ReservationRow row = draft.read(Keys.reservation(name("r1"))).orElseThrow();
                draft.put(Keys.reservation(name("r1")), row.toBuilder().setState("NEW").build());
                return row;
              });
      var reader = new Ledger(store, Site.KEYS, clock);
      for (int lead = 0; lead < 2; lead++) {
        Listing<Reservation> listing =
            reader.reservations().list(Optional.empty(), Optional.empty(), 10);
        assertEquals(1, listing.rows().size());
        assertEquals(List.of(Keys.reservation(name("r1")).path()), listing.unreadable());
        assertEquals(1, reader.snapshot().unreadable().size());
        assertRefused("ROW_UNREADABLE", () -> reader.reservations().get(name("r1")));
        reader.becomeLeader("reader:1");
      }
      assertRefused(
          "ROW_UNREADABLE", () -> reader.reservations().release(name("r1"), cause("RELEASED")));
      reader.reservations().provisioned(name("r2"), 1);
      // What it holds stays held.
      assertEquals(
          4001,
          reader
              .nodes()
              .held(Site.node("h1"))
              .amount()
              .get(dev.holdfast.pam.model.Resource.CPU_MILLICORES));
    }
  }
}
