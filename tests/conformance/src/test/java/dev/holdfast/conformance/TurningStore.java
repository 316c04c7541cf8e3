package dev.holdfast.conformance;

import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Lease;
import dev.holdfast.store.kv.LeaseId;
import dev.holdfast.store.kv.Snapshot;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Watch;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A store where something happens just before the row of a reservation is looked for, or just
 * before it is written.
 */
final class TurningStore implements KeyValueStore {
  private static final String RESERVATION = "holdfast/v1/truth/reservation/";

  private final KeyValueStore store;
  private final AtomicReference<Optional<Runnable>> turn = new AtomicReference<>(Optional.empty());
  private final AtomicReference<Optional<Runnable>> write = new AtomicReference<>(Optional.empty());

  TurningStore(KeyValueStore store) {
    this.store = store;
  }

  /** The usual site over such a store, which is then found in {@code made}. */
  static SiteOptions options(AtomicReference<TurningStore> made) {
    return new SiteOptions(
        Site.LIMITS,
        store -> {
          TurningStore turning = new TurningStore(store);
          made.set(turning);
          return turning;
        });
  }

  /** What happens then, once: a reservation is being committed. */
  void atCommit(Runnable event) {
    turn.set(Optional.of(event));
  }

  /** What happens once all that the decision rests on was read, once: it is being written. */
  void atWrite(Runnable event) {
    write.set(Optional.of(event));
  }

  /** Whether it has happened. */
  boolean turned() {
    return turn.get().isEmpty() && write.get().isEmpty();
  }

  @Override
  public Snapshot get(Key key) {
    if (ofReservation(key)) {
      turn.getAndSet(Optional.empty()).ifPresent(Runnable::run);
    }
    return store.get(key);
  }

  private static boolean ofReservation(Key key) {
    return key.toString().startsWith(RESERVATION);
  }

  @Override
  public Snapshot range(KeyRange range, OptionalLong revision, int limit) {
    return store.range(range, revision, limit);
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    if (transaction.operations().stream().anyMatch(one -> ofReservation(one.key()))) {
      write.getAndSet(Optional.empty()).ifPresent(Runnable::run);
    }
    return store.commit(transaction);
  }

  @Override
  public Lease grantLease(Duration timeToLive) {
    return store.grantLease(timeToLive);
  }

  @Override
  public Lease keepAlive(LeaseId id) {
    return store.keepAlive(id);
  }

  @Override
  public void revokeLease(LeaseId id) {
    store.revokeLease(id);
  }

  @Override
  public Watch watch(KeyRange range, long fromRevision) {
    return store.watch(range, fromRevision);
  }

  @Override
  public void compact(long revision) {
    store.compact(revision);
  }

  @Override
  public void close() {
    store.close();
  }
}
