package dev.holdfast.server.telemetry;

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
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** A store whose every call is timed. */
record MeteredStore(KeyValueStore inner, Timings timings) implements KeyValueStore {
  static final List<String> OPERATIONS =
      List.of("range", "commit", "grant_lease", "keep_alive", "revoke_lease", "watch", "compact");

  @Override
  public Snapshot range(KeyRange range, OptionalLong revision, int limit) {
    return timings.get("range", () -> inner.range(range, revision, limit));
  }

  /** Read from memory. */
  @Override
  public Set<Key> leased(KeyRange range) {
    return inner.leased(range);
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    return timings.get("commit", () -> inner.commit(transaction));
  }

  @Override
  public Lease grantLease(Duration timeToLive) {
    return timings.get("grant_lease", () -> inner.grantLease(timeToLive));
  }

  @Override
  public Lease keepAlive(LeaseId id) {
    return timings.get("keep_alive", () -> inner.keepAlive(id));
  }

  @Override
  public void revokeLease(LeaseId id) {
    timings.run("revoke_lease", () -> inner.revokeLease(id));
  }

  @Override
  public Watch watch(KeyRange range, long fromRevision) {
    return timings.get("watch", () -> inner.watch(range, fromRevision));
  }

  @Override
  public void compact(long revision) {
    timings.run("compact", () -> inner.compact(revision));
  }

  @Override
  public void close() {
    inner.close();
  }
}
