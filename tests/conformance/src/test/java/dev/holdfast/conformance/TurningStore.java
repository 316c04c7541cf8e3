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
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** A store where something happens just before the row of a reservation is looked for. */
final class TurningStore implements KeyValueStore {
  private static final String RESERVATION = "holdfast/v1/truth/reservation/";

  private final KeyValueStore store;
  private final AtomicReference<Optional<Runnable>> turn = new AtomicReference<>(Optional.empty());

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

  /** Whether it has happened. */
  boolean turned() {
    return turn.get().isEmpty();
  }

  @Override
  public Snapshot get(Key key) {
    if (key.toString().startsWith(RESERVATION)) {
      turn.getAndSet(Optional.empty()).ifPresent(Runnable::run);
    }
    return store.get(key);
  }

  @Override
  public Snapshot range(KeyRange range, OptionalLong revision, int limit) {
    return store.range(range, revision, limit);
  }

  @Override
  public Set<Key> leased(KeyRange range) {
    return store.leased(range);
  }

  @Override
  public CommitResult commit(Transaction transaction) {
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
