package dev.holdfast.store.kv;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A durable map from keys to values with a revision that every change raises: etcd's data model.
 *
 * <p>Reads and commits are linearizable. What is acknowledged survives the death of the process at
 * any moment. Every call ends by the deadline that the store was made with, and may be made from
 * any thread.
 *
 * <p>Every method throws {@link StoreUnavailable} when the store cannot be reached, {@link
 * StoreRefused} when it will not serve, and {@link IllegalStateException} after {@link #close}.
 */
public interface KeyValueStore extends AutoCloseable {
  /** The most rows that one read may ask for. */
  int LIMIT_MAX = 10_000;

  /** How long a call may take unless a store is made with another deadline. */
  Duration DEADLINE_DEFAULT = Duration.ofSeconds(5);

  /**
   * Reads rows in the order of their keys.
   *
   * @param revision the past revision to read at; empty: the present
   * @param limit 1 to {@link #LIMIT_MAX}
   * @throws RevisionCompacted when the revision was compacted
   * @throws IllegalArgumentException when the revision is yet to come
   */
  Snapshot range(KeyRange range, OptionalLong revision, int limit);

  /** Reads the present rows of a range, {@link #LIMIT_MAX} at most. */
  default Snapshot range(KeyRange range) {
    return range(range, OptionalLong.empty(), LIMIT_MAX);
  }

  /** Reads one key as it is. */
  default Snapshot get(Key key) {
    return range(KeyRange.single(key), OptionalLong.empty(), 1);
  }

  /**
   * The keys of a range whose rows end with a lease, as they are at present. They are held in
   * memory: few rows are bound to leases.
   */
  Set<Key> leased(KeyRange range);

  /**
   * Does all operations when all comparisons hold, else none.
   *
   * @throws OutcomeUnknown when it was sent and no answer came: it may have been done
   * @throws LeaseNotFound when a put names a lease that is not held; nothing was done
   */
  CommitResult commit(Transaction transaction);

  /**
   * Takes a lease.
   *
   * @param timeToLive {@link Lease#TIME_TO_LIVE_MIN} to {@link Lease#TIME_TO_LIVE_MAX}, rounded up
   *     to seconds
   */
  Lease grantLease(Duration timeToLive);

  /**
   * Makes a lease begin anew, at a moment between the call and its return: counted from the call it
   * certainly lasts for its whole time, whoever leads the store by then.
   *
   * @throws LeaseNotFound when it has run out
   * @throws StoreUnavailable when it is not known to have begun anew; it may have
   */
  Lease keepAlive(LeaseId id);

  /**
   * Ends a lease and deletes its rows at one revision. One that has ended stays so.
   *
   * @throws OutcomeUnknown when it was sent and no answer came
   */
  void revokeLease(LeaseId id);

  /**
   * Watches a range.
   *
   * @param fromRevision the first revision to hear of, from 1; it may be in the future
   */
  Watch watch(KeyRange range, long fromRevision);

  /**
   * Forgets what rows were before a revision. One that is forgotten already stays so.
   *
   * @param revision the oldest to keep readable, up to the present one
   * @throws IllegalArgumentException when the revision is yet to come
   */
  void compact(long revision);

  /** Lets go of the store. Watches end; leases and rows stay. */
  @Override
  void close();
}
