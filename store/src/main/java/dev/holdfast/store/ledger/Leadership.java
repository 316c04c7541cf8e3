package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.Compare;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.LeaseNotFound;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.OutcomeUnknown;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.StoreFailure;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.proto.LeaderRow;
import dev.holdfast.store.proto.RestoredRow;
import dev.holdfast.store.transfer.TransferMarks;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Whether this instance leads a shard, and the image that it then decides on.
 *
 * <p>Taking the lead is three steps. The leader's row is written: from then on nobody else changes
 * anything. All is read. The head is written with the next term: what a former leader may still
 * have under way compares the head, and comes too late.
 */
final class Leadership {
  private static final int ATTEMPTS_MAX = 64;

  private final KeyValueStore store;
  private final Layout layout;
  private final Ring ring;
  private final StoredRows stored;
  private final LedgerMeter meter;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final AtomicReference<Optional<Reign>> reign = new AtomicReference<>(Optional.empty());

  /**
   * Held by who changes the image: one transaction is under way at a time. Whoever asks gets it.
   */
  private final ReentrantLock turn = new ReentrantLock(true);

  /** The highest version that a transaction was tried with; only who has the turn touches it. */
  private long tried;

  /**
   * That this instance leads.
   *
   * @param image what it decides on
   * @param doubtful whether a transaction may still take effect, or did, of which it does not know
   */
  record Reign(Lead lead, Image image, boolean doubtful) {
    Reign with(Image next) {
      return new Reign(lead, next, doubtful);
    }

    Reign until(long nanos) {
      return new Reign(lead.until(nanos), image, doubtful);
    }

    /** The same under the lease of an earlier reign, where that is of the same lead. */
    Reign leasedAs(Reign earlier) {
      Lead other = earlier.lead();
      return other.equals(lead)
          ? new Reign(new Lead(lead.term(), lead.revision(), other.lease()), image, doubtful)
          : this;
    }
  }

  Leadership(
      KeyValueStore store,
      Layout layout,
      Ring ring,
      StoredRows stored,
      LedgerMeter meter,
      InstantSource clock) {
    this.meter = meter;
    this.store = store;
    this.layout = layout;
    this.ring = ring;
    this.stored = stored;
    this.clock = clock;
  }

  ReentrantLock turn() {
    return turn;
  }

  /** The lead and the image, while both are beyond doubt. */
  Optional<Reign> reign() {
    return known().filter(now -> !now.doubtful());
  }

  /** The lead, as far as this instance knows. */
  Optional<Lead> lead() {
    return known().map(Reign::lead);
  }

  /** The lead and the image, which may be in doubt. */
  Optional<Reign> known() {
    return reign.get().filter(now -> now.lead().lasts(System.nanoTime()));
  }

  /**
   * The lead and the image to decide on. Where a transaction's fate was left open, all is read anew
   * first.
   *
   * @throws Refusal {@link Problem.NotLeader}, {@link Problem.StoreUnavailable}
   */
  Reign deciding() {
    Optional<Reign> beyondDoubt = reign();
    if (beyondDoubt.isPresent()) {
      return beyondDoubt.get();
    }
    turn.lock();
    try {
      Reign now = known().orElseThrow(this::notLeader);
      // Reads all anew after a transaction whose fate is not known, or a change that was not ours.
      return now.doubtful() ? establish(now.lead(), false) : now;
    } finally {
      turn.unlock();
    }
  }

  Refusal notLeader() {
    return new Refusal(new Problem.NotLeader(leader()));
  }

  /** The address of who leads; empty when nobody does. */
  Optional<String> leader() {
    return row().map(Leadership::address);
  }

  private Optional<Row> row() {
    return StoredRows.guarded(() -> store.get(layout.leader()).row(layout.leader()));
  }

  private static LeaderRow leader(Row row) {
    try {
      return LeaderRow.parseFrom(row.value().bytes());
    } catch (InvalidProtocolBufferException e) {
      return LeaderRow.getDefaultInstance();
    }
  }

  static String address(Row row) {
    return leader(row).getAddress();
  }

  /** The head as it is stored; empty where there is none. */
  Optional<Head> head() {
    return stored.head();
  }

  /** Puts the next image in place. Only who has the turn does. */
  void publish(Image next) {
    update(now -> now.with(next));
  }

  /**
   * Notes that what is stored may not be what is known: all is read anew before the next change.
   */
  void doubt(Lead lead) {
    update(now -> now.lead().equals(lead) ? new Reign(now.lead(), now.image(), true) : now);
  }

  /** Keeps a row from use that somebody else changed; with too many of them, everything. */
  void distrust(Lead lead, String path, long revision) {
    turn.lock();
    try {
      update(
          now -> {
            if (!now.lead().equals(lead)) {
              return now;
            }
            Image image = now.image().quarantining(List.of(now.image().foreign(path, revision)));
            boolean tooMany = image.head().quarantine().size() > Head.QUARANTINE_MAX;
            return new Reign(now.lead(), image, now.doubtful() || tooMany);
          });
    } finally {
      turn.unlock();
    }
  }

  private void update(UnaryOperator<Reign> change) {
    reign.updateAndGet(now -> now.map(change));
  }

  /** Notes that somebody else leads. */
  void depose(Lead lost) {
    reign.updateAndGet(now -> now.filter(found -> !found.lead().equals(lost)));
  }

  /** A version that no transaction of this instance was tried with. Only who has the turn asks. */
  long nextVersion(Head head) {
    tried = Math.max(tried, head.version()) + 1;
    return tried;
  }

  ByteString attempt() {
    var bytes = new byte[16];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  /** Takes the lead for good, from whoever has it. Returns the term. */
  long take(String address) {
    turn.lock();
    try {
      return begin(address, Optional.empty(), true).orElseThrow(this::notLeader);
    } finally {
      turn.unlock();
    }
  }

  /**
   * Takes the lead if nobody has it, for as long as it is kept.
   *
   * @return the term; empty where somebody leads
   */
  Optional<Long> stand(String address, Duration timeToLive) {
    if (row().isPresent()) {
      return Optional.empty();
    }
    turn.lock();
    try {
      long before = System.nanoTime();
      var lease = StoredRows.guarded(() -> store.grantLease(timeToLive));
      long until = before + lease.timeToLive().toNanos();
      // To read all rows may take longer than the lease lasts.
      try (var vigil = new LeaseVigil(store, lease.id(), lease.timeToLive(), until)) {
        var term = begin(address, Optional.of(new Lead.Lease(lease.id(), until)), false);
        term.ifPresent(_ -> update(now -> now.until(vigil.untilNanos())));
        return term;
      }
    } finally {
      turn.unlock();
    }
  }

  private Optional<Long> begin(String address, Optional<Lead.Lease> lease, boolean byForce) {
    ByteString attempt = attempt();
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
      Optional<Row> before = row();
      if (before.isPresent() && leader(before.get()).getAttempt().equals(attempt)) {
        return Optional.of(rule(before.get().modRevision(), lease));
      }
      if (before.isPresent() && !byForce) {
        return Optional.empty();
      }
      Compare unchanged =
          before
              .<Compare>map(found -> new Compare.ModifiedAt(layout.leader(), found.modRevision()))
              .orElseGet(() -> new Compare.Absent(layout.leader()));
      LeaderRow mine = LeaderRow.newBuilder().setAddress(address).setAttempt(attempt).build();
      var put =
          new Operation.Put(
              layout.leader(), new Value(mine.toByteString()), lease.map(Lead.Lease::id));
      try {
        if (store.commit(new Transaction(List.of(unchanged), List.of(put)))
            instanceof CommitResult.Committed(long revision)) {
          return Optional.of(rule(revision, lease));
        }
      } catch (OutcomeUnknown e) {
        // The next round reads whether it was done.
      } catch (StoreFailure e) {
        throw StoredRows.unavailable(e);
      }
    }
    return Optional.empty();
  }

  private long rule(long revision, Optional<Lead.Lease> lease) {
    reign.set(Optional.empty());
    if (StoredRows.guarded(() -> TransferMarks.unfinished(store))) {
      throw new Refusal(
          new Problem.IllegalState(
              "store", "IMPORTING", "An import was begun and not finished: repeat it."));
    }
    var lead = new Lead(0, revision, lease);
    ring.ensure(lead.fence(layout), clock.instant());
    return establish(lead, true).lead().term();
  }

  private Reign establish(Lead lead, boolean newTerm) {
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
      long began = System.nanoTime();
      Image image = stored.load();
      meter.loaded(Duration.ofNanos(System.nanoTime() - began));
      Head was = image.head();
      long term = newTerm ? was.term() + 1 : lead.term();
      Head head = was.next(nextVersion(was), term, attempt()).restored(restoration());
      switch (write(lead, was, head)) {
        case Written(long revision) -> {
          var ruling = new Lead(head.term(), lead.revision(), lead.lease());
          var next = new Reign(ruling, image.with(head.at(revision)), false);
          // The lease may have been kept while all was read.
          return reign
              .updateAndGet(now -> Optional.of(now.map(next::leasedAs).orElse(next)))
              .orElseThrow();
        }
        case Deposed(Refusal why) -> {
          depose(lead);
          throw why;
        }
        case Unwritten _ -> {
          // What was under way came in between: it is part of what is read next.
        }
      }
    }
    throw new Refusal(new Problem.Unavailable("ledger", "the store does not answer"));
  }

  /** The id of the store's last restoration; empty where there was none. */
  private ByteString restoration() {
    return StoredRows.guarded(
        () ->
            store
                .get(TransferMarks.RESTORED)
                .row(TransferMarks.RESTORED)
                .map(Leadership::restoration)
                .orElse(ByteString.EMPTY));
  }

  private static ByteString restoration(Row row) {
    try {
      return RestoredRow.parseFrom(row.value().bytes()).getId();
    } catch (InvalidProtocolBufferException e) {
      // Whatever it is, it was put there: its bytes do for an id.
      return row.value().bytes();
    }
  }

  /** What became of a head that was written by itself. */
  sealed interface Fate {}

  /** It is there: whatever compared the one before can never take effect. */
  record Written(long revision) implements Fate {}

  /** It is not there, or not known to be; something else may be. */
  record Unwritten() implements Fate {}

  /** Somebody else leads. */
  record Deposed(Refusal why) implements Fate {}

  /** Writes a head behind the one that was read. */
  Fate write(Lead lead, Head was, Head head) {
    var transaction =
        new Transaction(
            List.of(lead.fence(layout), Batch.unmoved(was, layout)),
            List.of(Batch.write(head, layout, ring.sealer())));
    try {
      return switch (store.commit(transaction)) {
        case CommitResult.Committed(long revision) -> new Written(revision);
        case CommitResult.Conflict(List<Row> rows, _) ->
            deposed(lead, rows).<Fate>map(Deposed::new).orElseGet(Unwritten::new);
      };
    } catch (OutcomeUnknown e) {
      return new Unwritten();
    } catch (StoreFailure e) {
      throw StoredRows.unavailable(e);
    }
  }

  /**
   * Writes the head anew, so that the rows are those of a revision that the store remembers.
   *
   * @return what this instance then decides on; empty where it does not lead, or is not sure
   */
  Optional<Reign> renewHead() {
    turn.lock();
    try {
      Optional<Reign> now = reign();
      if (now.isPresent()) {
        Lead lead = now.get().lead();
        Head was = now.get().image().head();
        Head next = was.next(nextVersion(was), was.term(), attempt());
        switch (write(lead, was, next)) {
          case Written(long revision) -> publish(now.get().image().with(next.at(revision)));
          case Deposed _ -> depose(lead);
          case Unwritten _ -> doubt(lead);
        }
      }
      return reign();
    } finally {
      turn.unlock();
    }
  }

  /** The refusal of a leader that is none any more, by the rows that a conflict showed. */
  Optional<Refusal> deposed(Lead lead, List<Row> rows) {
    @Nullable Row row =
        rows.stream().filter(found -> found.key().equals(layout.leader())).findFirst().orElse(null);
    if (row != null && row.modRevision() == lead.revision()) {
      return Optional.empty();
    }
    return Optional.of(
        new Refusal(new Problem.NotLeader(Optional.ofNullable(row).map(Leadership::address))));
  }

  /**
   * Keeps the lead for another while. Whether this instance still leads; where the store does not
   * answer it does until the lease may have run out.
   */
  boolean keep() {
    Optional<Lead> now = lead();
    Optional<Lead.Lease> lease = now.flatMap(Lead::lease);
    if (lease.isEmpty()) {
      return now.isPresent();
    }
    long before = System.nanoTime();
    try {
      Duration left = store.keepAlive(lease.get().id()).timeToLive();
      update(
          found -> found.lead().equals(now.get()) ? found.until(before + left.toNanos()) : found);
    } catch (LeaseNotFound e) {
      depose(now.get());
    } catch (StoreFailure e) {
      // The lease still lasts, or its time tells.
    }
    return lead().isPresent();
  }

  /** Gives the lead up, so that another need not wait for the lease to end. */
  void resign() {
    Optional<Lead> now = lead();
    turn.lock();
    try {
      reign.set(Optional.empty());
    } finally {
      turn.unlock();
    }
    now.flatMap(Lead::lease)
        .ifPresent(
            lease -> {
              try {
                store.revokeLease(lease.id());
              } catch (StoreFailure e) {
                // It runs out by itself.
              }
            });
  }
}
