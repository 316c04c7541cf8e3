package dev.holdfast.store.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.kv.AlteredStore;
import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Lease;
import dev.holdfast.store.kv.LeaseId;
import dev.holdfast.store.kv.ManualClock;
import dev.holdfast.store.kv.OutcomeUnknown;
import dev.holdfast.store.kv.Snapshot;
import dev.holdfast.store.kv.StoreUnavailable;
import dev.holdfast.store.kv.Transaction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lead whose rows take longer to read than its lease lasts. */
final class SlowStartTest {
  private static final Duration LEASE = Lease.TIME_TO_LIVE_MIN;

  @TempDir Path folder;

  private final ManualClock clock = new ManualClock(Site.START);
  private final Slowness slowness = new Slowness();

  /** While all rows are read, as much happens as was told. */
  private static final class Slowness implements AlteredStore.Alteration {
    private final Semaphore kept = new Semaphore(0);
    private Runnable whileRead = () -> {};
    private volatile boolean away;

    @Override
    public Snapshot range(KeyValueStore store, KeyRange range, OptionalLong revision, int limit) {
      if (away) {
        throw new StoreUnavailable("away", new IllegalStateException("away"));
      }
      if (limit > 1) {
        Runnable once = whileRead;
        whileRead = () -> {};
        once.run();
      }
      return store.range(range, revision, limit);
    }

    @Override
    public CommitResult commit(KeyValueStore store, Transaction transaction) {
      CommitResult result = store.commit(transaction);
      if (away) {
        throw new OutcomeUnknown("away", new IllegalStateException("away"));
      }
      return result;
    }

    @Override
    public Lease keepAlive(KeyValueStore store, LeaseId id) {
      Lease lease = store.keepAlive(id);
      kept.release();
      return lease;
    }
  }

  private Ledger ledger() {
    KeyValueStore store = EmbeddedStore.open(folder.resolve("ledger.db"), clock);
    return new Ledger(new AlteredStore(store, slowness), Site.KEYS, clock);
  }

  /** Three leases' time goes by, and the lease must have been kept in each part of it. */
  private void longRead() {
    for (int i = 0; i < 4; i++) {
      clock.advance(LEASE.multipliedBy(3).dividedBy(4));
      slowness.kept.drainPermits();
      try {
        assertTrue(slowness.kept.tryAcquire(20, TimeUnit.SECONDS), "the lease was not kept");
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void whoTakesTheLeadKeepsItWhileAllIsRead() {
    Ledger ledger = ledger();
    slowness.whileRead = this::longRead;
    long term = ledger.standForLead("first:1", LEASE).orElseThrow();
    assertEquals(OptionalLong.of(term), ledger.term());
    assertTrue(ledger.keepLead());
    Site.build(ledger);
  }

  @Test
  void whoReadsAllAnewAfterADoubtKeepsTheLeadThatWasKeptMeanwhile() throws Exception {
    Ledger ledger = ledger();
    long term = ledger.standForLead("first:1", LEASE).orElseThrow();
    Site.build(ledger);
    var over = new CountDownLatch(1);
    Thread keeper = Thread.ofVirtual().start(() -> keep(ledger, over));
    slowness.away = true;
    // Whether this was done is not known, and cannot be seen.
    assertThrows(Refusal.class, () -> Site.reserve(ledger, "r1", 100, 100));
    slowness.away = false;
    slowness.whileRead =
        () -> {
          // The lease of the beginning is long over in the end, but for what was kept meanwhile.
          long from = System.nanoTime();
          while (System.nanoTime() - from < LEASE.toNanos() * 5 / 4) {
            Thread.onSpinWait();
          }
        };
    Site.reserve(ledger, "r1", 100, 100);
    over.countDown();
    keeper.join();
    assertEquals(OptionalLong.of(term), ledger.term());
    assertTrue(ledger.keepLead());
    Site.assertInvariants(ledger.snapshot(), "in the end");
  }

  private static void keep(Ledger ledger, CountDownLatch over) {
    try {
      do {
        ledger.keepLead();
      } while (!over.await(100, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
