package dev.holdfast.store.kv;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;

/** A store on the way to which something happens. */
public final class AlteredStore implements KeyValueStore {
  private final KeyValueStore store;
  private final Alteration alteration;

  public AlteredStore(KeyValueStore store, Alteration alteration) {
    this.store = store;
    this.alteration = alteration;
  }

  /** What happens; by default nothing does. */
  public interface Alteration {
    default CommitResult commit(KeyValueStore store, Transaction transaction) {
      return store.commit(transaction);
    }

    default Snapshot range(KeyValueStore store, KeyRange range, OptionalLong revision, int limit) {
      return store.range(range, revision, limit);
    }

    default Lease keepAlive(KeyValueStore store, LeaseId id) {
      return store.keepAlive(id);
    }
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    return alteration.commit(store, transaction);
  }

  @Override
  public Snapshot range(KeyRange range, OptionalLong revision, int limit) {
    return alteration.range(store, range, revision, limit);
  }

  @Override
  public Set<Key> leased(KeyRange range) {
    return store.leased(range);
  }

  @Override
  public Lease grantLease(Duration timeToLive) {
    return store.grantLease(timeToLive);
  }

  @Override
  public Lease keepAlive(LeaseId id) {
    return alteration.keepAlive(store, id);
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
