package dev.holdfast.store.ledger;

import static dev.holdfast.store.ledger.Site.ONE;
import static dev.holdfast.store.ledger.Site.START;
import static dev.holdfast.store.ledger.Site.TENANT;
import static dev.holdfast.store.ledger.Site.amount;
import static dev.holdfast.store.ledger.Site.assertRefused;
import static dev.holdfast.store.ledger.Site.attest;
import static dev.holdfast.store.ledger.Site.cause;
import static dev.holdfast.store.ledger.Site.reserve;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.ManualClock;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What somebody who can write to the store, and has none of our keys, can bring about. */
final class ForeignWriterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final ManualClock clock = new ManualClock(START);
  private KeyValueStore store;
  private Ledger ledger;

  @BeforeEach
  void twoReservations() {
    store = EmbeddedStore.open(folder.resolve("ledger.db"), clock);
    ledger = new Ledger(store, Site.KEYS, clock);
    ledger.becomeLeader("first:1");
    Site.build(ledger);
    reserve(ledger, "r1", 4000, 1);
    reserve(ledger, "r2", 3000, 1);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private static ReservationName name(String id) {
    return new ReservationName(TENANT, id);
  }

  private static Key key(String id) {
    return new Layout("main").row(Keys.reservation(name(id)).path());
  }

  private Value value(String id) {
    return store.get(key(id)).row(key(id)).orElseThrow().value();
  }

  private void write(Operation operation) {
    store.commit(new Transaction(List.of(), List.of(operation)));
  }

  /** What may be done to the row of r1. */
  enum Deed {
    FORGED {
      @Override
      void doTo(ForeignWriterTest site) {
        site.write(Operation.put(key("r1"), Value.of("a reservation, I swear")));
      }
    },
    BIT_FLIPPED {
      @Override
      void doTo(ForeignWriterTest site) {
        byte[] bytes = site.value("r1").bytes().toByteArray();
        bytes[bytes.length / 2] ^= 1;
        site.write(Operation.put(key("r1"), new Value(ByteString.copyFrom(bytes))));
      }
    },
    COPIED {
      @Override
      void doTo(ForeignWriterTest site) {
        site.write(Operation.put(key("r1"), site.value("r2")));
      }
    },
    REPLAYED {
      @Override
      void doTo(ForeignWriterTest site) {
        Value before = site.value("r1");
        site.ledger.reservations().provisioned(ForeignWriterTest.name("r1"), 1);
        assertNotEquals(before, site.value("r1"));
        site.write(Operation.put(key("r1"), before));
      }
    },
    WRITTEN_AGAIN {
      @Override
      void doTo(ForeignWriterTest site) {
        site.write(Operation.put(key("r1"), site.value("r1")));
      }
    },
    DELETED {
      @Override
      void doTo(ForeignWriterTest site) {
        site.write(new Operation.Delete(key("r1")));
      }
    };

    abstract void doTo(ForeignWriterTest site);
  }

  @ParameterizedTest
  @EnumSource
  void aLeaderSeesItAtOnceAndKeepsTheRowFromUse(Deed deed) {
    try (LedgerGuard guard = ledger.guard().orElseThrow()) {
      deed.doTo(this);
      assertEquals(
          new LedgerGuard.Foreign(List.of(Keys.reservation(name("r1")).path())), next(guard));
      assertIntegrity(ledger);
      ledger.reservations().provisioned(name("r2"), 1);
      assertInstanceOf(LedgerGuard.Quiet.class, guard.next(PATIENCE));
    }
  }

  private static LedgerGuard.Seen next(LedgerGuard guard) {
    LedgerGuard.Seen seen = guard.next(PATIENCE);
    while (seen instanceof LedgerGuard.Quiet) {
      seen = guard.next(PATIENCE);
    }
    return seen;
  }

  /** The same bytes once more are what was written: only who watches can tell. */
  @ParameterizedTest
  @EnumSource(names = "WRITTEN_AGAIN", mode = EnumSource.Mode.EXCLUDE)
  void whoLeadsNextSeesItToo(Deed deed) {
    deed.doTo(this);
    var next = new Ledger(store, Site.KEYS, clock);
    next.becomeLeader("next:1");
    assertIntegrity(next);
    next.reservations().provisioned(name("r2"), 1);
    var afterwards = new Ledger(store, Site.KEYS, clock);
    afterwards.becomeLeader("afterwards:1");
    assertIntegrity(afterwards);
  }

  /** The row is refused, all others are served, and what it holds in truth stays held. */
  private static void assertIntegrity(Ledger ledger) {
    assertRefused("LEDGER_INTEGRITY", () -> ledger.reservations().get(name("r1")));
    assertRefused(
        "LEDGER_INTEGRITY", () -> ledger.reservations().release(name("r1"), cause("RELEASED")));
    assertEquals(List.of(Keys.reservation(name("r1")).path()), ledger.snapshot().unreadable());
    assertEquals(amount(7000, 0), ledger.nodes().held(Site.node("h1")).amount());
    assertRefused("CAPACITY", () -> reserve(ledger, "r3", 3001, 1));
    assertEquals(1, ledger.snapshot().reservations().size());
  }

  @ParameterizedTest
  @EnumSource(names = "WRITTEN_AGAIN", mode = EnumSource.Mode.EXCLUDE)
  void whatTheRowIsInTruthCanBePutBack(Deed deed) {
    LedgerSnapshot before = ledger.snapshot();
    deed.doTo(this);
    write(Operation.put(key("r9"), value("r2")));
    var next = new Ledger(store, Site.KEYS, clock);
    assertEquals(
        List.of(Keys.reservation(name("r1")).path(), Keys.reservation(name("r9")).path()),
        next.verify().foreign());
    next.becomeLeader("next:1");
    assertEquals(2, next.repair().size());
    assertTrue(next.verify().sound());
    if (deed != Deed.REPLAYED) {
      assertEquals(before.reservations(), next.snapshot().reservations());
    }
    assertEquals(
        next.snapshot().reservations(),
        new Ledger(store, Site.KEYS, clock).snapshot().reservations());
    next.reservations().release(name("r1"), cause("RELEASED"));
  }

  @Test
  void aRowThatWasAddedIsNotTakenForOne() {
    write(Operation.put(key("r9"), value("r1")));
    var next = new Ledger(store, Site.KEYS, clock);
    next.becomeLeader("next:1");
    assertRefused("LEDGER_INTEGRITY", () -> next.reservations().get(name("r9")));
    assertEquals(2, next.snapshot().reservations().size());
  }

  @Test
  void aHeadThatIsNotOursLetsNobodyLead() {
    Key head = new Layout("main").head();
    Row old = store.get(head).row(head).orElseThrow();
    reserve(ledger, "r3", 1, 1);
    write(Operation.put(head, old.value()));
    assertRefused(
        "LEDGER_INTEGRITY", () -> new Ledger(store, Site.KEYS, clock).becomeLeader("next:1"));
    write(new Operation.Delete(head));
    assertRefused(
        "LEDGER_INTEGRITY", () -> new Ledger(store, Site.KEYS, clock).becomeLeader("next:1"));
  }

  @Test
  void withoutHistoryNothingIsTakenOnTrust() {
    write(new Operation.Delete(key("r1")));
    store.compact(store.get(key("r2")).revision());
    assertRefused(
        "LEDGER_INTEGRITY", () -> new Ledger(store, Site.KEYS, clock).becomeLeader("next:1"));
  }

  @Test
  void aChainThatSomebodyElsePutBackIsNoGroundForAHold() {
    Key chain = new Layout("main").row(Keys.chain(ONE).path());
    Row row = store.get(chain).row(chain).orElseThrow();
    attest(ledger, ONE, "c2", START.plus(Duration.ofHours(1)));
    write(Operation.put(chain, row.value()));
    assertRefused("LEDGER_INTEGRITY", () -> reserve(ledger, "r3", 1, 1));
    assertEquals(Optional.empty(), ledger.reservations().get(name("r3")));
  }
}
