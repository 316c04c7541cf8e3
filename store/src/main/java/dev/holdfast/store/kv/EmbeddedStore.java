package dev.holdfast.store.kv;

import dev.holdfast.store.kv.CommitResult.Committed;
import dev.holdfast.store.kv.CommitResult.Conflict;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The key-value store in one SQLite file, for one process: the default where there is one machine.
 *
 * <p>Every commit is written through to the disk (write-ahead log, {@code synchronous=FULL}) before
 * it is acknowledged. One lock orders all calls. Leases are measured by the clock handed in; one
 * that has run out is ended before anything else is answered.
 */
public final class EmbeddedStore implements KeyValueStore {
  /** The most revisions that one transaction forgets. */
  private static final int COMPACTED_MAX = 500;

  private final InstantSource clock;
  private final Duration deadline;
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition changed = lock.newCondition();
  private final EmbeddedFile file;
  private final SecureRandom random = new SecureRandom();
  // Guarded by the lock.
  private boolean closed;
  private Instant nextExpiry;

  private EmbeddedStore(EmbeddedFile file, InstantSource clock, Duration deadline)
      throws SQLException {
    this.file = file;
    this.clock = clock;
    this.deadline = deadline;
    this.nextExpiry = file.nextExpiry();
  }

  /**
   * Opens the store, and makes it when there is none.
   *
   * @param path the file; its companions {@code -wal}, {@code -shm} and {@code .lock} lie beside
   *     it. A new one can be read by its owner only
   * @param clock what leases are measured by
   * @param deadline how long a call may wait for its turn
   * @throws StoreUnavailable when it cannot be opened, such as when another process has it open
   * @throws StoreRefused when it is damaged: its structure, a row's checksum, or its log before the
   *     last transaction. All of it is read where it is no larger than 256 MiB; what is larger is
   *     checked row by row as it is read
   */
  public static EmbeddedStore open(Path path, InstantSource clock, Duration deadline) {
    EmbeddedFile file = EmbeddedFile.open(path);
    try {
      return new EmbeddedStore(file, clock, deadline);
    } catch (SQLException e) {
      file.close();
      throw new StoreUnavailable("cannot read leases of " + path, e);
    }
  }

  /** Opens the store with {@link KeyValueStore#DEADLINE_DEFAULT}. */
  public static EmbeddedStore open(Path path, InstantSource clock) {
    return open(path, clock, DEADLINE_DEFAULT);
  }

  @Override
  public Snapshot range(KeyRange range, OptionalLong revision, int limit) {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("a limit is 1 to %d, not %d".formatted(LIMIT_MAX, limit));
    }
    return alone(
        "read",
        () -> {
          EmbeddedFile.Head head = file.head();
          List<Row> rows;
          if (revision.isPresent() && revision.getAsLong() != head.revision()) {
            long asked = revision.getAsLong();
            if (asked < 1 || asked > head.revision()) {
              throw new IllegalArgumentException(
                  "revision %d is not there yet: the store is at %d"
                      .formatted(asked, head.revision()));
            }
            if (asked < head.compacted()) {
              throw new RevisionCompacted(asked);
            }
            rows = file.rowsAt(range, asked, limit + 1);
          } else {
            rows = file.rows(range, limit + 1);
          }
          boolean more = rows.size() > limit;
          return new Snapshot(more ? rows.subList(0, limit) : rows, head.revision(), more);
        });
  }

  @Override
  public Set<Key> leased(KeyRange range) {
    return alone("read", () -> Set.copyOf(file.leased(range)));
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    return alone("commit", () -> file.transaction(() -> apply(transaction)));
  }

  private CommitResult apply(Transaction transaction) throws SQLException {
    EmbeddedFile.Head head = file.head();
    var compared = new HashMap<Key, Optional<Row>>();
    boolean holds = true;
    for (Compare compare : transaction.compares()) {
      Optional<Row> row = compared.get(compare.key());
      if (row == null) {
        row = file.row(compare.key());
        compared.put(compare.key(), row);
      }
      holds &= holds(compare, row);
    }
    if (!holds) {
      return new Conflict(
          transaction.shown().stream()
              .sorted()
              .flatMap(key -> compared.getOrDefault(key, Optional.empty()).stream())
              .toList(),
          head.revision());
    }
    for (Operation operation : transaction.operations()) {
      if (operation instanceof Operation.Put(_, _, Optional<LeaseId> lease)
          && lease.isPresent()
          && file.leaseSeconds(lease.get()).isEmpty()) {
        throw new LeaseNotFound(lease.get());
      }
    }
    long revision = head.revision() + 1;
    int order = 0;
    for (Operation operation : transaction.operations()) {
      Optional<Row> before = file.row(operation.key());
      switch (operation) {
        case Operation.Put(Key key, Value value, Optional<LeaseId> lease) -> {
          long created = before.map(Row::createRevision).orElse(revision);
          long version = before.map(Row::version).orElse(0L) + 1;
          file.put(new Row(key, value, created, revision, version), order++, lease);
        }
        case Operation.Delete(Key key) -> {
          if (before.isPresent()) {
            file.delete(key, revision, order++);
          }
        }
      }
    }
    if (order == 0) {
      return new Committed(head.revision());
    }
    file.advance(revision);
    return new Committed(revision);
  }

  private static boolean holds(Compare compare, Optional<Row> row) {
    return switch (compare) {
      case Compare.Absent _ -> row.isEmpty();
      case Compare.ModifiedAt(_, long revision) ->
          row.filter(found -> found.modRevision() == revision).isPresent();
      case Compare.CreatedAt(_, long revision) ->
          row.filter(found -> found.createRevision() == revision).isPresent();
      case Compare.ValueIs(_, Value value) ->
          row.filter(found -> found.value().equals(value)).isPresent();
      case Compare.VersionIs(_, long version) ->
          row.filter(found -> found.version() == version).isPresent();
    };
  }

  @Override
  public Lease grantLease(Duration timeToLive) {
    long seconds = Lease.seconds(timeToLive);
    return alone(
        "grant a lease",
        () ->
            file.transaction(
                () -> {
                  var id = new LeaseId(random.nextLong(1, Long.MAX_VALUE));
                  file.putLease(id, seconds, expiry(seconds));
                  return new Lease(id, Duration.ofSeconds(seconds));
                }));
  }

  @Override
  public Lease keepAlive(LeaseId id) {
    return alone(
        "keep a lease alive",
        () ->
            file.transaction(
                () -> {
                  OptionalLong seconds = file.leaseSeconds(id);
                  if (seconds.isEmpty()) {
                    throw new LeaseNotFound(id);
                  }
                  file.putLease(id, seconds.getAsLong(), expiry(seconds.getAsLong()));
                  return new Lease(id, Duration.ofSeconds(seconds.getAsLong()));
                }));
  }

  @Override
  public void revokeLease(LeaseId id) {
    alone("revoke a lease", () -> file.transaction(() -> end(id)));
  }

  private Instant expiry(long seconds) {
    return clock.instant().plusSeconds(seconds);
  }

  /** Deletes a lease and its rows at one revision; returns whether a row went. */
  private boolean end(LeaseId id) throws SQLException {
    long revision = file.head().revision() + 1;
    int order = 0;
    for (Key key : file.keysOf(id)) {
      file.delete(key, revision, order++);
    }
    file.deleteLease(id);
    if (order > 0) {
      file.advance(revision);
    }
    return order > 0;
  }

  @Override
  public Watch watch(KeyRange range, long fromRevision) {
    if (fromRevision < 1) {
      throw new IllegalArgumentException("a watch begins at revision 1, not " + fromRevision);
    }
    return alone("watch", () -> new EmbeddedWatch(this, range, fromRevision));
  }

  /**
   * {@inheritDoc}
   *
   * <p>It is done step by step, and other calls take their turn in between. The file does not get
   * smaller: what becomes free in it is used again.
   */
  @Override
  public void compact(long revision) {
    long done = Long.MIN_VALUE;
    while (done < revision) {
      done = alone("compact", () -> compactStep(revision));
    }
  }

  private long compactStep(long revision) throws SQLException {
    EmbeddedFile.Head head = file.head();
    if (revision > head.revision()) {
      throw new IllegalArgumentException(
          "revision %d is not there yet: the store is at %d".formatted(revision, head.revision()));
    }
    long step = Math.min(revision, head.compacted() + COMPACTED_MAX);
    return step <= head.compacted()
        ? head.compacted()
        : file.transaction(() -> file.compact(step)).compacted();
  }

  @Override
  public void close() {
    // Unlike other calls it waits for its turn however long that takes: the file must not be left
    // open.
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        changed.signalAll();
        file.close();
      }
    } finally {
      lock.unlock();
    }
  }

  /** What is read for a watch: changes, or how far there are none. */
  record Heard(List<Watch.Event> events, long next) {}

  /**
   * Waits until the range has changed at or behind a revision, the patience is over or the watch's
   * end.
   *
   * @param stopped whether the watch was closed, asked under the lock
   */
  Heard hear(KeyRange range, long from, Duration patience, BooleanSupplier stopped) {
    long end = System.nanoTime() + patience.toNanos();
    long position = from;
    while (true) {
      long next = position;
      Heard heard = alone("watch", () -> heardNow(range, next));
      if (!heard.events().isEmpty()) {
        return heard;
      }
      position = heard.next();
      long left = end - System.nanoTime();
      if (left <= 0 || stopped.getAsBoolean()) {
        return heard;
      }
      awaitChange(position, Math.min(left, TimeUnit.MILLISECONDS.toNanos(100)));
    }
  }

  private Heard heardNow(KeyRange range, long from) throws SQLException {
    EmbeddedFile.Head head = file.head();
    if (from < head.compacted()) {
      return new Heard(List.of(new Watch.Compacted(head.compacted())), from);
    }
    var events = new ArrayList<Watch.Event>(file.changes(range, from));
    if (events.isEmpty()) {
      // The range did not change so far, so nothing is lost when that much history is compacted.
      return new Heard(List.of(), Math.max(from, head.revision() + 1));
    }
    long last = events.getLast() instanceof Watch.Changed(long revision, _) ? revision : from;
    return new Heard(events, last + 1);
  }

  /** Short waits, because leases run out by a clock that wakes nobody. */
  private void awaitChange(long position, long nanos) {
    lock.lock();
    try {
      long left = nanos;
      while (!closed && file.head().revision() < position && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailable("interrupted while waiting for a change", e);
    } catch (SQLException e) {
      throw new StoreUnavailable("cannot read the store's revision", e);
    } finally {
      lock.unlock();
    }
  }

  /** Lets waiting watches look again. */
  void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Runs one call alone, after the leases that have run out were ended. */
  private <T> T alone(String what, EmbeddedFile.Work<T> work) {
    boolean locked = false;
    try {
      locked = lock.tryLock(deadline.toNanos(), TimeUnit.NANOSECONDS);
      if (!locked) {
        throw new StoreUnavailable(
            "the embedded store was busy for %s; nothing was done to %s".formatted(deadline, what));
      }
      if (closed) {
        throw new IllegalStateException("the store is closed");
      }
      long before = file.head().revision();
      Instant now = clock.instant();
      if (!now.isBefore(nextExpiry)) {
        for (LeaseId id : file.expired(now)) {
          file.transaction(() -> end(id));
        }
      }
      T result = work.run();
      nextExpiry = file.nextExpiry();
      if (file.head().revision() != before) {
        changed.signalAll();
      }
      return result;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailable("interrupted before it could " + what, e);
    } catch (SQLException e) {
      throw EmbeddedFile.isDamage(e)
          ? new StoreRefused("the embedded store is damaged and could not " + what, e)
          : new StoreUnavailable("the embedded store could not " + what, e);
    } finally {
      if (locked) {
        lock.unlock();
      }
    }
  }
}
