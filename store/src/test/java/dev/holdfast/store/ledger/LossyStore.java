package dev.holdfast.store.ledger;

import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Lease;
import dev.holdfast.store.kv.LeaseId;
import dev.holdfast.store.kv.OutcomeUnknown;
import dev.holdfast.store.kv.Snapshot;
import dev.holdfast.store.kv.StoreUnavailable;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Watch;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/** A store whose commits lose their request or their answer, as told. */
final class LossyStore implements KeyValueStore {
  /** What happens to one commit. */
  enum Fate {
    ANSWERED,
    NOT_SENT,
    REQUEST_LOST,
    ANSWER_LOST
  }

  private final KeyValueStore inner;
  private final Supplier<Fate> fate;

  LossyStore(KeyValueStore inner, Supplier<Fate> fate) {
    this.inner = inner;
    this.fate = fate;
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    return switch (fate.get()) {
      case ANSWERED -> inner.commit(transaction);
      case NOT_SENT -> throw new StoreUnavailable("no connection", new IllegalStateException());
      case REQUEST_LOST -> throw lost("the request was lost");
      case ANSWER_LOST -> {
        inner.commit(transaction);
        throw lost("the answer was lost");
      }
    };
  }

  private static OutcomeUnknown lost(String why) {
    return new OutcomeUnknown(why, new IllegalStateException(why));
  }

  @Override
  public Snapshot range(KeyRange range, OptionalLong revision, int limit) {
    return inner.range(range, revision, limit);
  }

  @Override
  public Set<Key> leased(KeyRange range) {
    return inner.leased(range);
  }

  @Override
  public Lease grantLease(Duration timeToLive) {
    return inner.grantLease(timeToLive);
  }

  @Override
  public Lease keepAlive(LeaseId id) {
    return inner.keepAlive(id);
  }

  @Override
  public void revokeLease(LeaseId id) {
    inner.revokeLease(id);
  }

  @Override
  public Watch watch(KeyRange range, long fromRevision) {
    return inner.watch(range, fromRevision);
  }

  @Override
  public void compact(long revision) {
    inner.compact(revision);
  }

  @Override
  public void close() {
    inner.close();
  }
}
