package dev.holdfast.store.ledger;

import static dev.holdfast.store.ledger.Site.START;
import static dev.holdfast.store.ledger.Site.amount;
import static dev.holdfast.store.ledger.Site.assertRefused;
import static dev.holdfast.store.ledger.Site.pending;
import static dev.holdfast.store.ledger.Site.request;
import static dev.holdfast.store.ledger.Site.reserve;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.ManualClock;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.ledger.LedgerMeter.Ending;
import dev.holdfast.store.ledger.LedgerMeter.Finding;
import dev.holdfast.store.ledger.LossyStore.Fate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a ledger says of how it fares. */
final class LedgerMeterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder = Path.of("");
  private final ManualClock clock = new ManualClock(START);
  private final Notes notes = new Notes();
  private KeyValueStore store;
  private Ledger ledger;

  /** Takes down what it is told. */
  private static final class Notes implements LedgerMeter {
    private final List<String> said = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void turnedAway() {
      said.add("turned away");
    }

    @Override
    public void changed(Duration waited) {
      assertTrue(waited.isPositive());
      said.add("changed");
    }

    @Override
    public void transaction(int changes, Ending ending, Duration took) {
      assertTrue(took.isPositive());
      said.add(changes + " " + ending);
    }

    @Override
    public void settled(Finding finding, Duration took) {
      assertTrue(took.isPositive());
      said.add("settled " + finding);
    }

    @Override
    public void loaded(Duration took) {
      assertTrue(took.isPositive());
      said.add("loaded");
    }

    @Override
    public void foreign(int rows) {
      said.add("foreign " + rows);
    }

    int count(String what) {
      synchronized (said) {
        return Collections.frequency(said, what);
      }
    }

    List<String> take() {
      synchronized (said) {
        List<String> all = List.copyOf(said);
        said.clear();
        return all;
      }
    }
  }

  @BeforeEach
  void lead() {
    store = EmbeddedStore.open(folder.resolve("ledger.db"), clock);
    ledger = measured(store);
    ledger.becomeLeader("first:1");
    assertEquals(List.of("loaded"), notes.take());
    Site.build(ledger);
    notes.take();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private Ledger measured(KeyValueStore under) {
    return new Ledger(under, Site.KEYS, Ledger.Settings.DEFAULT, notes, clock);
  }

  /** The lead's two transactions are answered; then come these. */
  private Ledger lossy(Fate... fates) {
    Queue<Fate> next = new ArrayDeque<>(List.of(Fate.ANSWERED, Fate.ANSWERED));
    next.addAll(List.of(fates));
    Ledger lossy =
        measured(new LossyStore(store, () -> next.isEmpty() ? Fate.ANSWERED : next.remove()));
    lossy.becomeLeader("lossy:1");
    notes.take();
    return lossy;
  }

  private void write(Operation operation) {
    store.commit(new Transaction(List.of(), List.of(operation)));
  }

  @Test
  void aChangeIsCountedOnceItIsCommitted() {
    reserve(ledger, "r1", 100, 1);
    assertEquals(List.of("1 COMMITTED", "changed"), notes.take());
    assertRefused("CAPACITY", () -> reserve(ledger, "r2", Site.CPU + 1, 1));
    assertEquals(List.of(), notes.take(), "what is refused at once asks nothing of the store");
  }

  @Test
  void aConflictShowsAndSoDoesTheDeposition() {
    var other = new Ledger(store, Site.KEYS, clock);
    other.becomeLeader("other:1");
    assertRefused("NOT_LEADER", () -> reserve(ledger, "r1", 100, 1));
    assertEquals(List.of("1 CONFLICT"), notes.take());
    assertEquals(new LedgerVitals(0, Optional.empty()), ledger.vitals());
  }

  @Test
  void anOutcomeThatIsNotKnownShowsWithWhatWasFound() {
    reserve(lossy(Fate.ANSWER_LOST), "r1", 100, 1);
    assertEquals(List.of("1 UNKNOWN", "settled DONE", "changed"), notes.take());
    reserve(lossy(Fate.REQUEST_LOST), "r2", 100, 1);
    assertEquals(List.of("1 UNKNOWN", "settled NOT_DONE", "1 COMMITTED", "changed"), notes.take());
  }

  @Test
  void anOutcomeThatStaysUnknownIsOpenAndAllIsReadAnew() {
    var lost = Collections.nCopies(1 + Settlement.LOOKS_MAX, Fate.REQUEST_LOST);
    Ledger lossy = lossy(lost.toArray(Fate[]::new));
    assertRefused("STORE_UNAVAILABLE", () -> reserve(lossy, "r1", 100, 1));
    assertEquals(List.of("1 UNKNOWN", "settled OPEN"), notes.take());
    reserve(lossy, "r1", 100, 1);
    assertEquals(List.of("loaded", "1 COMMITTED", "changed"), notes.take());
  }

  @Test
  void aFullQueueTurnsAwayAndSaysSo() throws Exception {
    var under = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    Queue<Boolean> passing = new ArrayDeque<>(List.of(true, true));
    Ledger slow =
        measured(
            new LossyStore(
                store,
                () -> {
                  if (passing.poll() == null) {
                    under.countDown();
                    awaited(go);
                  }
                  return Fate.ANSWERED;
                }));
    slow.becomeLeader("slow:1");
    notes.take();
    // A batch is under way at most, one is decided behind it, and as many more are at hand.
    int taken = 3 * Ledger.Settings.DEFAULT.batchMax();
    int more = 1000;
    int asked = Committer.QUEUE_MAX + taken + more;
    var answers = new ArrayList<Future<String>>();
    ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    try {
      for (int i = 0; i < asked; i++) {
        int number = i;
        answers.add(callers.submit(() -> wish(slow, number)));
      }
      awaited(under);
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (notes.count("turned away") < more) {
        assertTrue(System.nanoTime() - end < 0, () -> "too many wait: " + slow.vitals());
        Thread.onSpinWait();
      }
      assertEquals(0, notes.count("changed"));
    } finally {
      go.countDown();
      callers.close();
    }
    var refused = new ArrayList<String>();
    for (Future<String> answer : answers) {
      if (!answer.get().isEmpty()) {
        refused.add(answer.get());
      }
    }
    assertEquals(Set.of("OVERLOADED"), Set.copyOf(refused));
    assertEquals(refused.size(), notes.count("turned away"));
    assertEquals(asked - refused.size(), notes.count("changed"));
    int carried =
        notes.take().stream()
            .filter(note -> note.endsWith(" COMMITTED"))
            .mapToInt(note -> Integer.parseInt(note.substring(0, note.indexOf(' '))))
            .sum();
    assertEquals(asked - refused.size(), carried);
    assertEquals(0, slow.vitals().queued());
  }

  /** A reservation that waits, and so holds nothing; the reason of its refusal, or "". */
  private static String wish(Ledger on, int number) {
    try {
      on.reservations().enqueue(pending("w" + number, amount(1, 1)), request(number));
      return "";
    } catch (Refusal refused) {
      return refused.problem().reason();
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatSomebodyElseChangedShowsAndIsCountedAsQuarantined() {
    reserve(ledger, "r1", 100, 1);
    long rows = ledger.vitals().reign().orElseThrow().rows();
    notes.take();
    try (LedgerGuard guard = ledger.guard().orElseThrow()) {
      var name = new ReservationName(Site.TENANT, "r1");
      write(
          Operation.put(new Layout("main").row(Keys.reservation(name).path()), Value.of("forged")));
      while (guard.next(PATIENCE) instanceof LedgerGuard.Quiet) {
        // What was ours comes first.
      }
    }
    assertEquals(List.of("foreign 1"), notes.take());
    LedgerVitals.Reign reign = ledger.vitals().reign().orElseThrow();
    assertEquals(new LedgerVitals.Reign(1, rows, 1, 1), reign);
  }
}
