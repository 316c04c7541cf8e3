package dev.holdfast.store.ledger;

import dev.holdfast.store.kv.Compare;
import dev.holdfast.store.kv.LeaseId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * That this instance leads a shard, for as long as the row that says so is the one it wrote.
 *
 * @param term the number of its reign
 * @param revision the store's revision when the row was written
 * @param lease what the row ends with
 */
record Lead(long term, long revision, Optional<Lease> lease) {
  /**
   * A lease on the lead.
   *
   * @param id the store's
   * @param untilNanos until when it certainly lasts, by {@link System#nanoTime}, counted from
   *     before it was asked for
   */
  record Lease(LeaseId id, long untilNanos) {}

  /** What every transaction of a leader compares: so that a deposed one changes nothing. */
  Compare fence(Layout layout) {
    return new Compare.ModifiedAt(layout.leader(), revision);
  }

  /** Whether it may still decide: once the lease may have run out, another may have begun. */
  boolean lasts(long nanos) {
    return lease.map(held -> nanos - held.untilNanos() < 0).orElse(true);
  }

  Lead until(long nanos) {
    return new Lead(term, revision, lease.map(held -> new Lease(held.id(), nanos)));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Lead(_, long theirs, _) && theirs == revision;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(revision);
  }
}
