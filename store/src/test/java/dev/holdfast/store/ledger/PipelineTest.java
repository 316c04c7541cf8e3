package dev.holdfast.store.ledger;

import static dev.holdfast.pam.model.Resource.CPU_MILLICORES;
import static dev.holdfast.store.ledger.Site.START;
import static dev.holdfast.store.ledger.Site.assertInvariants;
import static dev.holdfast.store.ledger.Site.reserve;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.store.kv.AlteredStore;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.ManualClock;
import dev.holdfast.store.ledger.Losses.Fate;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is decided behind a transaction that is under way, and what becomes of it. */
final class PipelineTest {
  private static final long PATIENCE_SECONDS = 20;

  @TempDir Path folder;
  private final ManualClock clock = new ManualClock(START);
  private final BlockingQueue<Fate> fates = new LinkedBlockingQueue<>();
  private volatile boolean held;
  private KeyValueStore store;
  private Ledger ledger;

  @BeforeEach
  void aLedgerWhoseCommitsAreHeld() {
    store = EmbeddedStore.open(folder.resolve("ledger.db"), clock);
    ledger = new Ledger(new AlteredStore(store, new Losses(this::fate)), Site.KEYS, clock);
    ledger.becomeLeader("first:1");
    Site.build(ledger);
    held = true;
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Fate fate() {
    try {
      return held ? fates.take() : Fate.ANSWERED;
    } catch (InterruptedException e) {
      throw new AssertionError("the test ended too early", e);
    }
  }

  /** The next commit, and every one after it, goes on. */
  private void letGo(Fate first) {
    held = false;
    fates.add(first);
  }

  /** A call on a thread of its own, which waits for its commit when this returns. */
  private static <T> FutureTask<T> waiting(Callable<T> call) {
    var task = new FutureTask<T>(call);
    Thread thread = Thread.ofPlatform().daemon().start(task);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (thread.getState() != Thread.State.WAITING) {
      assertTrue(System.nanoTime() - end < 0, () -> "it does not wait: " + thread.getState());
      Thread.onSpinWait();
    }
    return task;
  }

  private FutureTask<Stored<Reservation>> reserving(String id, long cpu) {
    return waiting(() -> reserve(ledger, id, cpu, 1));
  }

  private static <T> T done(FutureTask<T> task) throws Exception {
    return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** The reason of a refusal; "" where there was none. */
  private static String reason(FutureTask<?> task) throws Exception {
    try {
      Object _ = done(task);
      return "";
    } catch (ExecutionException e) {
      return e.getCause() instanceof Refusal refusal ? refusal.problem().reason() : e.toString();
    }
  }

  private void assertSound() {
    assertInvariants(ledger.snapshot(), "the leader's: ");
    assertTrue(ledger.verify().sound());
    assertEquals(
        new Ledger(store, Site.KEYS, clock).snapshot().reservations(),
        ledger.snapshot().reservations());
  }

  /** A lost request or answer is found out, and what was decided behind it stands on the truth. */
  @ParameterizedTest
  @EnumSource(
      value = Fate.class,
      names = {"ANSWERED", "ANSWER_LOST", "REQUEST_LOST"})
  void whateverBecomesOfATransactionTheNextStandsOnIt(Fate fate) throws Exception {
    FutureTask<Stored<Reservation>> first = reserving("r1", 6000);
    FutureTask<Stored<Reservation>> second = reserving("r2", 3000);
    FutureTask<Stored<Reservation>> same = reserving("r1", 6000);
    FutureTask<Stored<Reservation>> third = reserving("r3", 1000);
    letGo(fate);
    for (FutureTask<Stored<Reservation>> task : List.of(first, second, third)) {
      assertEquals("", reason(task));
    }
    assertEquals(done(first).value(), done(same).value());
    assertSound();
  }

  /**
   * What has no room beside a hold that is not made yet is refused when that is made, not before.
   */
  @Test
  void aRefusalForWhatIsUnderWayWaitsForIt() throws Exception {
    FutureTask<Stored<Reservation>> first = reserving("r1", 9000);
    FutureTask<Stored<Reservation>> second = reserving("r2", 2000);
    assertFalse(second.isDone());
    letGo(Fate.ANSWERED);
    assertEquals("", reason(first));
    assertEquals("CAPACITY", reason(second));
    assertSound();
  }

  /** Each caller saw the node without the others: what is decided once is still held together. */
  @Test
  void whatFitsByItselfIsHeldAgainstAllThatCameBefore() throws Exception {
    FutureTask<Stored<Reservation>> first = reserving("r1", 4000);
    FutureTask<Stored<Reservation>> second = reserving("r2", 3000);
    FutureTask<Stored<Reservation>> third = reserving("r3", 3000);
    FutureTask<Stored<Reservation>> fourth = reserving("r4", 1);
    letGo(Fate.ANSWERED);
    for (FutureTask<Stored<Reservation>> task : List.of(first, second, third)) {
      assertEquals("", reason(task));
    }
    assertEquals("CAPACITY", reason(fourth));
    assertEquals(10_000, ledger.nodes().held(Site.node("h1")).amount().get(CPU_MILLICORES));
    assertSound();
  }

  @Test
  void whatWasDecidedBehindATransactionThatNeverWasIsDecidedAnew() throws Exception {
    FutureTask<Stored<Reservation>> first = reserving("r1", 9000);
    FutureTask<Stored<Reservation>> second = reserving("r2", 2000);
    FutureTask<Stored<Reservation>> third = reserving("r3", 9000);
    letGo(Fate.NOT_SENT);
    assertEquals("STORE_UNAVAILABLE", reason(first));
    assertEquals("", reason(second));
    assertEquals("CAPACITY", reason(third));
    assertSound();
  }

  /** A row that is not stored yet can be changed again, and is stored as it is in the end. */
  @Test
  void whatIsUnderWayCanBeChangedBehindIt() throws Exception {
    NodeName node = Site.node("h1");
    FutureTask<Long> first = waiting(() -> ledger.acknowledgeUsage(node, 5));
    FutureTask<Long> second = waiting(() -> ledger.acknowledgeUsage(node, 7));
    FutureTask<Long> third = waiting(() -> ledger.acknowledgeUsage(node, 6));
    letGo(Fate.ANSWERED);
    assertEquals(List.of(5L, 7L, 7L), List.of(done(first), done(second), done(third)));
    assertEquals(7, new Ledger(store, Site.KEYS, clock).usageAcknowledged(node));
    assertSound();
  }

  @Test
  void aLeaderDeposedMeanwhileTellsEverybodySo() throws Exception {
    FutureTask<Stored<Reservation>> first = reserving("r1", 4000);
    FutureTask<Stored<Reservation>> second = reserving("r2", 3000);
    var other = new Ledger(store, Site.KEYS, clock);
    other.becomeLeader("other:1");
    letGo(Fate.ANSWERED);
    assertEquals("NOT_LEADER", reason(first));
    assertEquals("NOT_LEADER", reason(second));
    assertTrue(other.snapshot().reservations().isEmpty());
    assertTrue(other.verify().sound());
  }
}
