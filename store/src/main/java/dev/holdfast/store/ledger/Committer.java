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
import org.jspecify.annotations.Nullable;

/**
 * Commits a shard's changes, many in one transaction, one transaction at a time.
 *
 * <p>What waits is committed by a thread that begins when something does and ends when nothing does
 * any more. While one transaction is under way, the next batch is decided and sealed behind it, as
 * if it were committed: the more callers there are, the more one transaction carries, and the
 * store's work and ours are done at the same time. Whatever was decided behind a transaction that
 * was not committed is decided anew.
 */
final class Committer {
  /** The most changes that may wait; one more is told to come back. */
  static final int QUEUE_MAX = 4096;

  /** How often in a row a batch is decided anew because the store was changed behind our back. */
  private static final int CONFLICTS_MAX = 3;

  /** How long what comes during a transaction may gather before it is decided. */
  private static final long GATHER_NANOS = 300_000;

  private static final Duration OVERLOADED_PAUSE = Duration.ofMillis(50);

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
  private volatile @Nullable Thread drainer;

  /** What waits for a batch, oldest first. This and what follows is for who drains. */
  private final ArrayDeque<Pending<?>> waiting = new ArrayDeque<>();

  /** What is under way. */
  private Optional<Flight> flight = Optional.empty();

  /** What comes behind it. */
  private Optional<Batch> next = Optional.empty();

  private int conflicts;

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
    wake();
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

  private void wake() {
    if (draining.compareAndSet(false, true)) {
      Flight.THREADS.execute(this::drain);
    }
  }

  private void drain() {
    drainer = Thread.currentThread();
    do {
      leadership.turn().lock();
      try {
        commitWhatWaits();
      } catch (RuntimeException why) {
        failAll(why);
      } catch (Error broken) {
        failAll(new IllegalStateException("what waited could not be committed", broken));
      } finally {
        leadership.turn().unlock();
      }
    } while (!queue.isEmpty() || !waiting.isEmpty());
    drainer = null;
    draining.set(false);
    if (!queue.isEmpty()) {
      wake();
    }
  }

  /** Commits until nothing waits any more, or somebody else asks for the turn. */
  private void commitWhatWaits() {
    while (fill() || flight.isPresent()) {
      if (flight.isEmpty()) {
        send();
      } else if (flight.get().landed()) {
        land(flight.get());
        if (flight.isEmpty() && leadership.turn().hasQueuedThreads()) {
          next.ifPresent(this::again);
          return;
        }
      } else {
        // Until there is an answer, or some more to decide: to be woken by each costs more.
        LockSupport.parkNanos(this, GATHER_NANOS);
      }
    }
    next = Optional.empty();
  }

  /** Decides what waits, as far as one batch has room for it. Whether that has anything in it. */
  private boolean fill() {
    take();
    while (!waiting.isEmpty()) {
      Batch batch = next.orElseGet(this::begin);
      next = Optional.of(batch);
      if (batch.size() == batchMax
          || batch.join(waiting.element(), clock.instant()) == Batch.Joined.FULL) {
        return true;
      }
      waiting.remove();
      take();
    }
    return next.filter(batch -> batch.size() > 0).isPresent();
  }

  /** Takes what waits, but no more than a batch: the rest counts against the queue's bound. */
  private void take() {
    if (waiting.isEmpty()) {
      queue.drainTo(waiting, batchMax);
    }
  }

  private Batch begin() {
    if (flight.isPresent()) {
      long version = leadership.nextVersion(flight.get().sent().head());
      return flight.get().batch().behind(ring.sealer(), version);
    }
    Image image = leadership.deciding().image();
    return new Batch(image, layout, ring.sealer(), leadership.nextVersion(image.head()));
  }

  /** Sends the next batch, which nothing is under way before. */
  private void send() {
    Batch batch = next.orElseThrow();
    Leadership.Reign reign = leadership.deciding();
    if (!batch.restsOn(reign.image(), ring.sealer())) {
      again(batch);
      return;
    }
    if (batch.empty()) {
      next = Optional.empty();
      batch.succeed(reign.image().revision());
      return;
    }
    Batch.Prepared prepared;
    try {
      prepared = batch.prepare(reign.lead().fence(layout), leadership.attempt());
    } catch (RuntimeException bug) {
      next = Optional.empty();
      batch.fail(bug);
      return;
    }
    flight =
        Optional.of(Flight.begin(store, reign, batch, prepared, () -> LockSupport.unpark(drainer)));
    next = Optional.of(begin());
  }

  private void land(Flight landed) {
    try {
      switch (landed.result()) {
        case CommitResult.Committed(long revision) -> {
          meter(landed, LedgerMeter.Ending.COMMITTED);
          committed(landed, revision);
        }
        case CommitResult.Conflict(List<Row> rows, _) -> {
          meter(landed, LedgerMeter.Ending.CONFLICT);
          conflicted(landed, rows);
        }
      }
    } catch (OutcomeUnknown e) {
      meter(landed, LedgerMeter.Ending.UNKNOWN);
      settle(landed, e);
    } catch (StoreFailure e) {
      meter(landed, LedgerMeter.Ending.FAILED);
      failed(landed, StoredRows.unavailable(e));
    }
  }

  private void meter(Flight landed, LedgerMeter.Ending ending) {
    meter.transaction(landed.batch().size(), ending, since(landed.began()));
  }

  private void committed(Flight landed, long revision) {
    conflicts = 0;
    flight = Optional.empty();
    // Whoever is told that it is done must find it so.
    Image image = landed.batch().committed(landed.sent(), revision);
    leadership.publish(image);
    next = next.filter(batch -> batch.size() > 0);
    next.ifPresent(batch -> batch.put(image));
    try {
      if (next.isPresent() && !leadership.turn().hasQueuedThreads()) {
        // Before those who are told come back with more.
        send();
      }
    } finally {
      Thread.startVirtualThread(() -> landed.batch().succeed(revision));
    }
  }

  private void conflicted(Flight landed, List<Row> rows) {
    Leadership.Reign reign = landed.reign();
    Optional<Refusal> deposed = leadership.deposed(reign.lead(), rows);
    if (deposed.isPresent()) {
      leadership.depose(reign.lead());
      failed(landed, deposed.get());
      return;
    }
    // Nobody else may write here, and somebody did: see what is there, and decide anew.
    leadership.doubt(reign.lead());
    if (++conflicts > CONFLICTS_MAX) {
      conflicts = 0;
      failed(landed, new Refusal(new Problem.Unavailable("ledger", "others write to its rows")));
      return;
    }
    repeat(landed);
  }

  private void settle(Flight landed, OutcomeUnknown why) {
    long began = System.nanoTime();
    Settlement.Outcome found = settlement.settle(landed.reign(), landed.sent());
    meter.settled(found.finding(), since(began));
    switch (found) {
      case Settlement.Done(long revision) -> committed(landed, revision);
      case Settlement.NotDone(Image now) -> {
        leadership.publish(now);
        repeat(landed);
      }
      case Settlement.Lost(Refusal deposed) -> {
        leadership.depose(landed.reign().lead());
        failed(landed, deposed);
      }
      case Settlement.Open() -> {
        leadership.doubt(landed.reign().lead());
        failed(landed, StoredRows.unavailable(why));
      }
    }
  }

  /** It was not committed: what is behind it is decided anew. */
  private void failed(Flight landed, RuntimeException why) {
    flight = Optional.empty();
    next.ifPresent(this::again);
    landed.batch().fail(why);
  }

  /** It was not committed, and is decided anew with what is behind it. */
  private void repeat(Flight landed) {
    flight = Optional.empty();
    next.ifPresent(this::again);
    again(landed.batch());
  }

  private void again(Batch batch) {
    next = Optional.empty();
    List<Pending<?>> members = batch.members();
    for (int i = members.size() - 1; i >= 0; i--) {
      waiting.addFirst(members.get(i));
    }
  }

  /** Nothing that waits can be decided: what is under way may have been done or not. */
  private void failAll(RuntimeException why) {
    flight.ifPresent(
        lost -> {
          leadership.doubt(lost.reign().lead());
          lost.batch().fail(why);
        });
    next.ifPresent(batch -> batch.fail(why));
    waiting.forEach(pending -> pending.fail(why));
    flight = Optional.empty();
    next = Optional.empty();
    waiting.clear();
  }
}
