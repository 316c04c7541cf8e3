package dev.holdfast.tests.fault.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.tests.fault.history.Call;
import dev.holdfast.tests.fault.history.History;
import java.time.InstantSource;

/** What a ledger that nobody used before sees when all is over. */
final class Census {
  private Census() {}

  /** Ends a history with everything that is there. */
  static History end(Clients clients, KeyValueStore store, InstantSource clock) {
    var fresh = new Teller("fresh", store, clock);
    clients.recorder().call(-1, fresh.name(), new Call.Survey(), () -> fresh.survey(true));
    return clients.recorder().history(Plot.site());
  }

  /** A ledger's view is that of one which reads everything anew. */
  static void assertSees(KeyValueStore store, InstantSource clock, Teller teller) {
    LedgerSnapshot fresh = new Teller("fresh", store, clock).ledger().snapshot();
    LedgerSnapshot view = teller.ledger().snapshot();
    assertEquals(fresh.reservations(), view.reservations(), teller.name());
    assertEquals(fresh.heldOnNode(), view.heldOnNode(), teller.name());
    assertEquals(fresh.heldByTenant(), view.heldByTenant(), teller.name());
  }
}
