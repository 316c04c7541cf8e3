package dev.holdfast.tests.fault.ledger;

import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Lease;
import dev.holdfast.store.kv.LeaseId;
import dev.holdfast.store.kv.Snapshot;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Watch;
import java.time.Duration;
import java.util.OptionalLong;

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
  public Lease grantLease(Duration timeToLive) {
    return sound.grantLease(timeToLive);
  }

  @Override
  public Lease keepAlive(LeaseId id) {
    return sound.keepAlive(id);
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
