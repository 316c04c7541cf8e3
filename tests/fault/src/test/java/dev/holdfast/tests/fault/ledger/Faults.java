package dev.holdfast.tests.fault.ledger;

import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.Compare;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Lease;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Snapshot;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Broken promises of a store, each of which breaks a promise of the ledger. */
final class Faults {
  private static final String RESERVATION = "/reservation/";
  private static final String LEADER = "/leader";

  private Faults() {}

  private static Predicate<Key> of(String kind) {
    return key -> key.toString().contains(kind);
  }

  private static boolean changes(Transaction transaction, String kind) {
    return transaction.operations().stream().map(Operation::key).anyMatch(of(kind));
  }

  /**
   * Says of every lease that it lasts, while it ends, and commits whatever was compared, but for
   * who takes the lead: one whose lead has ended goes on, and two can take the last room.
   */
  static FaultyStore.Fault comparingNothing() {
    return new ComparingNothing();
  }

  private static final class ComparingNothing implements FaultyStore.Fault {
    @Override
    public CommitResult commit(KeyValueStore sound, Transaction transaction) {
      return sound.commit(
          changes(transaction, LEADER)
              ? transaction
              : new Transaction(List.of(), transaction.operations()));
    }

    @Override
    public Optional<Duration> leasesSaidToLast() {
      return Optional.of(Lease.TIME_TO_LIVE_MAX);
    }
  }

  /** Says that it was done, one time in twenty, and does nothing. */
  static FaultyStore.Fault acknowledgingOnly() {
    var count = new AtomicLong();
    return (sound, transaction) ->
        changes(transaction, RESERVATION) && count.incrementAndGet() % 20 == 0
            ? new CommitResult.Committed(sound.get(Key.of("nothing")).revision())
            : sound.commit(transaction);
  }

  /** Brings back the first row of a reservation, one time in ten when it is changed again. */
  static FaultyStore.Fault replaying() {
    var first = new ConcurrentHashMap<Key, Value>();
    var count = new AtomicLong();
    return (sound, transaction) -> {
      CommitResult result = sound.commit(transaction);
      if (result instanceof CommitResult.Committed) {
        for (Operation operation : transaction.operations()) {
          if (operation instanceof Operation.Put(Key key, Value value, _)
              && of(RESERVATION).test(key)) {
            Value old = first.putIfAbsent(key, value);
            if (old != null && count.incrementAndGet() % 10 == 0) {
              sound.commit(new Transaction(List.of(), List.of(Operation.put(key, old))));
            }
          }
        }
      }
      return result;
    };
  }

  /**
   * Shows the row of a reservation as it was before its last change, and commits whatever rests on
   * that: what was freed is freed again.
   */
  static FaultyStore.Fault lagging() {
    return new Lagging();
  }

  private static final class Lagging implements FaultyStore.Fault {
    private final Map<Key, Row> before = new ConcurrentHashMap<>();

    @Override
    public CommitResult commit(KeyValueStore sound, Transaction transaction) {
      for (Operation operation : transaction.operations()) {
        if (of(RESERVATION).test(operation.key())) {
          sound
              .get(operation.key())
              .row(operation.key())
              .ifPresent(row -> before.put(row.key(), row));
        }
      }
      List<Compare> compares =
          transaction.compares().stream()
              .filter(compare -> !of(RESERVATION).test(compare.key()))
              .toList();
      return sound.commit(new Transaction(compares, transaction.operations()));
    }

    @Override
    public Snapshot range(KeyValueStore sound, KeyRange range, OptionalLong revision, int limit) {
      Snapshot now = sound.range(range, revision, limit);
      return new Snapshot(
          now.rows().stream().map(row -> before.getOrDefault(row.key(), row)).toList(),
          now.revision(),
          now.more());
    }
  }
}
