package dev.holdfast.store.ledger;

import static dev.holdfast.store.ledger.Site.START;
import static dev.holdfast.store.ledger.Site.amount;
import static dev.holdfast.store.ledger.Site.assertRefused;
import static dev.holdfast.store.ledger.Site.pending;
import static dev.holdfast.store.ledger.Site.request;
import static dev.holdfast.store.ledger.Site.reserve;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.store.kv.AlteredStore;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.ManualClock;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.ledger.LedgerMeter.Ending;
import dev.holdfast.store.ledger.LedgerMeter.Finding;
import dev.holdfast.store.ledger.Losses.Fate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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
        measured(
            new AlteredStore(
                store, new Losses(() -> next.isEmpty() ? Fate.ANSWERED : next.remove())));
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
        new Ledger(
            new AlteredStore(
                store,
                new Losses(
                    () -> {
                      if (passing.poll() == null) {
                        under.countDown();
                        awaited(go);
                      }
                      return Fate.ANSWERED;
                    })),
            Site.KEYS,
            new Ledger.Settings("main", 1),
            notes,
            clock);
    slow.becomeLeader("slow:1");
    notes.take();
    var answers = new ArrayList<Future<?>>();
    ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    try {
      // One's transaction is under way, one is decided behind it, and one is next.
      for (int i = 0; i < 3; i++) {
        int number = i;
        answers.add(callers.submit(() -> wish(slow, number)));
      }
      awaited(under);
      until(() -> slow.vitals().queued() == 0);
      for (int i = 3; i < Committer.QUEUE_MAX + 3; i++) {
        int number = i;
        answers.add(callers.submit(() -> wish(slow, number)));
      }
      until(() -> slow.vitals().queued() == Committer.QUEUE_MAX);
      assertEquals(List.of(), notes.take());
      assertRefused("OVERLOADED", () -> wish(slow, Committer.QUEUE_MAX + 3));
      assertEquals(List.of("turned away"), notes.take());
      go.countDown();
      for (Future<?> answer : answers) {
        answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    } finally {
      go.countDown();
      callers.close();
    }
    assertEquals(0, slow.vitals().queued());
    List<String> said = notes.take();
    assertEquals(answers.size(), Collections.frequency(said, "changed"));
    int carried =
        said.stream()
            .filter(note -> note.endsWith(" COMMITTED"))
            .mapToInt(note -> Integer.parseInt(note.substring(0, note.indexOf(' '))))
            .sum();
    assertEquals(answers.size(), carried);
  }

  /** A reservation that waits, and so holds nothing. */
  private static Stored<?> wish(Ledger on, int number) {
    return on.reservations().enqueue(pending("w" + number, amount(1, 1)), request(number));
  }

  private static void until(BooleanSupplier so) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!so.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0, "it did not come to that");
      Thread.onSpinWait();
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
