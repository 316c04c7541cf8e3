package dev.holdfast.store.ledger;

import static dev.holdfast.store.ledger.Site.START;
import static dev.holdfast.store.ledger.Site.TENANT;
import static dev.holdfast.store.ledger.Site.assertRefused;
import static dev.holdfast.store.ledger.Site.reserve;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.ManualClock;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.RevisionCompacted;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Transaction;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who leads lets the store forget, and forgets nothing that is needed. */
final class ForgottenHistoryTest {
  @TempDir Path folder;
  private final ManualClock clock = new ManualClock(START);
  private KeyValueStore store;
  private Ledger ledger;

  @BeforeEach
  void oneReservation() {
    store = EmbeddedStore.open(folder.resolve("ledger.db"), clock);
    ledger = new Ledger(store, Site.KEYS, clock);
    ledger.becomeLeader("first:1");
    Site.build(ledger);
    reserve(ledger, "r1", 1000, 1);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private long now() {
    return store.get(Key.of("nothing")).revision();
  }

  private List<Row> at(long revision) {
    return store.range(KeyRange.prefix(Key.of("holdfast/")), OptionalLong.of(revision), 1).rows();
  }

  @Test
  void whatWasBeforeTheLastCallIsForgottenAndNothingSince() {
    long first = now();
    ledger.forgetHistory();
    long second = now();
    reserve(ledger, "r2", 1000, 1);
    assertFalse(at(first).isEmpty());
    ledger.forgetHistory();
    assertThrows(RevisionCompacted.class, () -> at(first));
    assertFalse(at(second).isEmpty());
    reserve(ledger, "r3", 1000, 1);
    assertEquals(3, ledger.snapshot().reservations().size());
    assertEquals(3, new Ledger(store, Site.KEYS, clock).snapshot().reservations().size());
  }

  @Test
  void onlyWhoHasLedSinceTheLastCallForgets() {
    ledger.forgetHistory();
    long first = now();
    var other = new Ledger(store, Site.KEYS, clock);
    other.becomeLeader("other:1");
    ledger.forgetHistory();
    ledger.forgetHistory();
    other.forgetHistory();
    assertFalse(at(first).isEmpty());
    other.forgetHistory();
    assertThrows(RevisionCompacted.class, () -> at(first));
  }

  @Test
  void howeverLongNothingChangesAForeignRowIsPutRightByTheTrueOne() {
    for (int i = 0; i < 3; i++) {
      ledger.forgetHistory();
    }
    var name = new ReservationName(TENANT, "r1");
    var key = new Layout("main").row(Keys.reservation(name).path());
    store.commit(new Transaction(List.of(), List.of(new Operation.Delete(key))));
    var next = new Ledger(store, Site.KEYS, clock);
    next.becomeLeader("next:1");
    assertRefused("LEDGER_INTEGRITY", () -> next.reservations().get(name));
    assertEquals(1, next.repair().size());
    assertEquals(name, next.reservations().get(name).orElseThrow().value().name());
  }
}
