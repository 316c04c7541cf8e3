package dev.holdfast.tests.fault.ledger;

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

/** A store that breaks its promises in one way, beneath a ledger that relies on them. */
final class FaultyStore implements KeyValueStore {
  private final KeyValueStore sound;
  private final Fault fault;

  FaultyStore(KeyValueStore sound, Fault fault) {
    this.sound = sound;
    this.fault = fault;
  }

  /** What is wrong with it. */
  interface Fault {
    /** Commits, or does something else. */
    CommitResult commit(KeyValueStore sound, Transaction transaction);

    /** Reads, or shows something else. */
    default Snapshot range(KeyValueStore sound, KeyRange range, OptionalLong revision, int limit) {
      return sound.range(range, revision, limit);
    }

    /** How long it says that leases last, while it keeps none alive; empty: as they do. */
    default Optional<Duration> leasesSaidToLast() {
      return Optional.empty();
    }
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    return fault.commit(sound, transaction);
  }

  @Override
  public Snapshot range(KeyRange range, OptionalLong revision, int limit) {
    return fault.range(sound, range, revision, limit);
  }

  @Override
  public Set<Key> leased(KeyRange range) {
    return sound.leased(range);
  }

  @Override
  public Lease grantLease(Duration timeToLive) {
    Lease granted = sound.grantLease(timeToLive);
    return new Lease(granted.id(), fault.leasesSaidToLast().orElse(granted.timeToLive()));
  }

  @Override
  public Lease keepAlive(LeaseId id) {
    return fault
        .leasesSaidToLast()
        .map(said -> new Lease(id, said))
        .orElseGet(() -> sound.keepAlive(id));
  }

  @Override
  public void revokeLease(LeaseId id) {
    sound.revokeLease(id);
  }

  @Override
  public Watch watch(KeyRange range, long fromRevision) {
    return sound.watch(range, fromRevision);
  }

  @Override
  public void compact(long revision) {
    sound.compact(revision);
  }

  /** The sound store is closed by who opened it. */
  @Override
  public void close() {}
}
