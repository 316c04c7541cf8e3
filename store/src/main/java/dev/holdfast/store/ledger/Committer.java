package dev.holdfast.store.ledger;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.OutcomeUnknown;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.StoreFailure;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Commits a shard's changes, many in one transaction, one transaction at a time.
 *
 * <p>What waits is committed by a virtual thread that begins when something does and ends when
 * nothing does any more. While one transaction is under way the next batch gathers, so the more
 * callers there are, the more one transaction carries.
 */
final class Committer {
  /** The most changes that may wait; one more is told to come back. */
  static final int QUEUE_MAX = 4096;

  /** How often in a row a batch is decided anew because the store was changed behind our back. */
  private static final int CONFLICTS_MAX = 3;

  private static final Duration OVERLOADED_PAUSE = Duration.ofMillis(50);
  private static final long GATHER_MAX_NANOS = 500_000;
  private static final long GATHER_STEP_NANOS = 20_000;

  private final KeyValueStore store;
  private final Layout layout;
  private final Ring ring;
  private final Leadership leadership;
  private final Settlement settlement;
  private final int batchMax;
  private final LedgerMeter meter;
  private final InstantSource clock;
  private final BlockingQueue<Pending<?>> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
  private final AtomicBoolean draining = new AtomicBoolean();

  /** What waits for the next batch, oldest first. This and what follows is for who drains. */
  private final ArrayDeque<Pending<?>> waiting = new ArrayDeque<>();

  private int conflicts;
  private int lastSize;
  private long lastNanos;

  /**
   * A committer of what a leader decides.
   *
   * @param batchMax the most changes in one transaction, from 1
   */
  Committer(
      KeyValueStore store,
      Layout layout,
      Ring ring,
      Leadership leadership,
      int batchMax,
      LedgerMeter meter,
      InstantSource clock) {
    this.clock = clock;
    this.meter = meter;
    this.store = store;
    this.layout = layout;
    this.ring = ring;
    this.leadership = leadership;
    this.settlement = new Settlement(store, layout, leadership);
    this.batchMax = batchMax;
  }

  /** Commits a change, with others. */
  <T> Stored<T> commit(Pending<T> pending) {
    long began = System.nanoTime();
    if (!queue.offer(pending)) {
      meter.turnedAway();
      throw new Refusal(new Problem.Overloaded("ledger", OVERLOADED_PAUSE));
    }
    if (draining.compareAndSet(false, true)) {
      Thread.ofVirtual().name("holdfast-commit").start(this::drain);
    }
    Stored<T> stored = pending.await();
    meter.changed(since(began));
    return stored;
  }

  /** How many wait for a batch. */
  int queued() {
    return queue.size();
  }

  private static Duration since(long began) {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private void drain() {
    do {
      while (!queue.isEmpty() || !waiting.isEmpty()) {
        gather();
        leadership.turn().lock();
        try {
          queue.drainTo(waiting, batchMax - waiting.size());
          commitNext();
        } catch (RuntimeException bug) {
          failAll(bug);
        } finally {
          leadership.turn().unlock();
        }
      }
      draining.set(false);
    } while (!queue.isEmpty() && draining.compareAndSet(false, true));
  }

  /**
   * Lets those whose changes were just committed come back with their next: else each batch would
   * be followed by one of a few. Never longer than a quarter of what a transaction takes.
   */
  private void gather() {
    long until = System.nanoTime() + Math.min(GATHER_MAX_NANOS, lastNanos / 4);
    while (queue.size() + waiting.size() < lastSize && System.nanoTime() < until) {
      LockSupport.parkNanos(GATHER_STEP_NANOS);
    }
  }

  private void failAll(RuntimeException why) {
    waiting.forEach(pending -> pending.fail(why));
    waiting.clear();
  }

  private void commitNext() {
    Leadership.Reign reign;
    try {
      reign = leadership.deciding();
    } catch (Refusal refused) {
      failAll(refused);
      return;
    }
    var batch =
        new Batch(
            reign.image(),
            layout,
            ring.sealer(),
            leadership.nextVersion(reign.image().head()),
            leadership.attempt(),
            clock.instant());
    int size = 0;
    for (Pending<?> next = waiting.peek(); next != null && size < batchMax; next = waiting.peek()) {
      Batch.Joined joined = batch.join(next);
      if (joined == Batch.Joined.FULL) {
        break;
      }
      waiting.poll();
      size += joined == Batch.Joined.YES ? 1 : 0;
    }
    lastSize = size;
    if (batch.empty()) {
      batch.succeed(reign.image().revision());
      return;
    }
    long began = System.nanoTime();
    commit(reign, batch);
    lastNanos = System.nanoTime() - began;
  }

  private void commit(Leadership.Reign reign, Batch batch) {
    Batch.Prepared prepared;
    try {
      prepared = batch.prepare(reign.lead().fence(layout));
    } catch (RuntimeException bug) {
      batch.fail(bug);
      return;
    }
    long began = System.nanoTime();
    try {
      CommitResult result = store.commit(prepared.transaction());
      Duration took = since(began);
      switch (result) {
        case CommitResult.Committed(long revision) -> {
          meter.transaction(batch.size(), LedgerMeter.Ending.COMMITTED, took);
          committed(batch, prepared, revision);
        }
        case CommitResult.Conflict(List<Row> rows, _) -> {
          meter.transaction(batch.size(), LedgerMeter.Ending.CONFLICT, took);
          conflicted(reign, batch, rows);
        }
      }
    } catch (OutcomeUnknown e) {
      meter.transaction(batch.size(), LedgerMeter.Ending.UNKNOWN, since(began));
      settle(reign, batch, prepared, e);
    } catch (StoreFailure e) {
      meter.transaction(batch.size(), LedgerMeter.Ending.FAILED, since(began));
      batch.fail(StoredRows.unavailable(e));
    }
  }

  private void committed(Batch batch, Batch.Prepared prepared, long revision) {
    conflicts = 0;
    // Whoever is told that it is done must find it so.
    leadership.publish(batch.committed(prepared, revision));
    batch.succeed(revision);
  }

  private void conflicted(Leadership.Reign reign, Batch batch, List<Row> rows) {
    Optional<Refusal> deposed = leadership.deposed(reign.lead(), rows);
    if (deposed.isPresent()) {
      leadership.depose(reign.lead());
      batch.fail(deposed.get());
      return;
    }
    // Nobody else may write here, and somebody did: see what is there, and decide anew.
    leadership.doubt(reign.lead());
    if (++conflicts > CONFLICTS_MAX) {
      conflicts = 0;
      batch.fail(new Refusal(new Problem.Unavailable("ledger", "others write to its rows")));
      return;
    }
    again(batch);
  }

  private void again(Batch batch) {
    List<Pending<?>> members = batch.members();
    for (int i = members.size() - 1; i >= 0; i--) {
      waiting.addFirst(members.get(i));
    }
  }

  private void settle(
      Leadership.Reign reign, Batch batch, Batch.Prepared prepared, OutcomeUnknown why) {
    long began = System.nanoTime();
    Settlement.Outcome found = settlement.settle(reign, prepared);
    meter.settled(found.finding(), since(began));
    switch (found) {
      case Settlement.Done(long revision) -> committed(batch, prepared, revision);
      case Settlement.NotDone(Image now) -> {
        leadership.publish(now);
        again(batch);
      }
      case Settlement.Lost(Refusal deposed) -> {
        leadership.depose(reign.lead());
        batch.fail(deposed);
      }
      case Settlement.Open() -> {
        leadership.doubt(reign.lead());
        batch.fail(StoredRows.unavailable(why));
      }
    }
  }
}
