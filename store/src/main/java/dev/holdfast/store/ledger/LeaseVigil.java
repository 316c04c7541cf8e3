package dev.holdfast.store.ledger;

import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.LeaseId;
import dev.holdfast.store.kv.LeaseNotFound;
import dev.holdfast.store.kv.StoreFailure;
import java.time.Duration;

/** Keeps a lease while something goes on that may take longer than the lease lasts. */
final class LeaseVigil implements AutoCloseable {
  /** How often it is kept while it lasts. */
  private static final int PASSES = 5;

  private final KeyValueStore store;
  private final LeaseId lease;
  private final Thread thread;
  private volatile long untilNanos;

  /**
   * Begins to keep a lease.
   *
   * @param untilNanos until when it certainly lasts so far, by {@link System#nanoTime}
   */
  LeaseVigil(KeyValueStore store, LeaseId lease, Duration timeToLive, long untilNanos) {
    this.store = store;
    this.lease = lease;
    this.untilNanos = untilNanos;
    this.thread =
        Thread.ofVirtual().name("holdfast-vigil").start(() -> keep(timeToLive.dividedBy(PASSES)));
  }

  private void keep(Duration pause) {
    try {
      while (true) {
        Thread.sleep(pause);
        long before = System.nanoTime();
        try {
          untilNanos = before + store.keepAlive(lease).timeToLive().toNanos();
        } catch (LeaseNotFound gone) {
          return;
        } catch (StoreFailure away) {
          // It still lasts, or its time tells.
        }
      }
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }

  /** Until when the lease certainly lasts, by {@link System#nanoTime}. */
  long untilNanos() {
    return untilNanos;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
