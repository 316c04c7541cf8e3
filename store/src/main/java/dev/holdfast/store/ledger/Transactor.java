package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.Compare;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.OutcomeUnknown;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.StoreFailure;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.proto.LeaderRow;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Makes changes: reads, decides, commits, and decides anew when somebody was faster.
 *
 * <p>Whether a commit without an answer took effect is found out by deciding anew: every change is
 * written so that it recognises itself, and repeating one compares the same rows, so it cannot
 * happen twice.
 */
final class Transactor {
  /** How often one change is decided before the caller is told to come back. */
  static final int ATTEMPTS_MAX = 64;

  /** How often a commit may go without an answer before the caller is told so. */
  static final int UNKNOWN_MAX = 3;

  private final KeyValueStore store;
  private final SecureRandom random = new SecureRandom();
  private final AtomicReference<Optional<Lead>> lead = new AtomicReference<>(Optional.empty());

  Transactor(KeyValueStore store) {
    this.store = store;
  }

  /** A term of leadership and the revision of the row that says so. */
  record Lead(long term, long revision) {}

  /** What a change does: reads rows and writes rows of a draft, and says what comes of it. */
  @FunctionalInterface
  interface Decision<T> {
    T decide(Draft draft);
  }

  KeyValueStore store() {
    return store;
  }

  /** Reads one row outside a change. */
  <M extends Message> Optional<Stored<M>> read(Key key, Parser<M> parser) {
    return guarded(
        () ->
            store
                .get(key)
                .row(key)
                .map(row -> new Stored<>(Draft.parse(row, parser), row.modRevision())));
  }

  /** Turns the store's failures into the refusal that callers know. */
  <T> T guarded(Supplier<T> work) {
    try {
      return work.get();
    } catch (StoreFailure e) {
      throw unavailable(e);
    }
  }

  private static Refusal unavailable(StoreFailure why) {
    var refusal = new Refusal(new Problem.StoreUnavailable(String.valueOf(why.getMessage())));
    refusal.addSuppressed(why);
    return refusal;
  }

  /** Makes a change and returns what came of it with the revision of its rows. */
  <T> Stored<T> change(Decision<T> decision) {
    Lead mine = lead.get().orElseThrow(() -> new Refusal(new Problem.NotLeader(Optional.empty())));
    var compare = new Compare.ModifiedAt(Keys.LEADER, mine.revision());
    return run(decision, compare);
  }

  private <T> Stored<T> run(Decision<T> decision, Compare fence) {
    ByteString attempt = attempt();
    Map<Key, Optional<Row>> known = Map.of();
    int unknown = 0;
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
      var draft = new Draft(store, attempt, unknown > 0, known);
      known = Map.of();
      T result;
      try {
        result = decision.decide(draft);
      } catch (Refusal refusal) {
        if (unknown == 0) {
          Optional<List<Row>> moved = moved(draft, fence);
          if (moved.isEmpty()) {
            throw refusal;
          }
          requireLead(fence, moved.get(), false);
          known = draft.learn(moved.get());
          continue;
        }
        // An earlier attempt may still take effect, so this is not known to be refused.
        throw new Refusal(
            new Problem.StoreUnavailable(
                "the outcome of a commit is not known: " + refusal.problem().reason()));
      } catch (StoreFailure e) {
        throw unavailable(e);
      }
      Transaction transaction = draft.transaction(fence);
      try {
        switch (store.commit(transaction)) {
          case CommitResult.Committed(long revision) -> {
            return new Stored<>(result, revision);
          }
          case CommitResult.Conflict(List<Row> rows, _) -> {
            requireLead(fence, rows, unknown > 0);
            known = draft.learn(rows);
          }
        }
      } catch (OutcomeUnknown e) {
        if (++unknown >= UNKNOWN_MAX) {
          throw unavailable(e);
        }
      } catch (StoreFailure e) {
        throw unavailable(e);
      }
    }
    throw new Refusal(
        new Problem.Unavailable(
            "ledger", "others changed the same rows " + ATTEMPTS_MAX + " times"));
  }

  /**
   * The rows as they are, where a refusal rests on rows of different moments: it is decided anew.
   * One row is of one moment, and so are rows that are all still as they were read.
   */
  private Optional<List<Row>> moved(Draft draft, Compare fence) {
    return draft.rowsRead() > 1
            && guarded(() -> store.commit(draft.check(fence)))
                instanceof CommitResult.Conflict(List<Row> rows, _)
        ? Optional.of(rows)
        : Optional.empty();
  }

  private void requireLead(Compare fence, List<Row> rows, boolean uncertain) {
    if (!(fence instanceof Compare.ModifiedAt(Key key, long revision))) {
      return;
    }
    Optional<Row> row = rows.stream().filter(found -> found.key().equals(key)).findFirst();
    if (row.filter(found -> found.modRevision() == revision).isPresent()) {
      return;
    }
    lead.updateAndGet(now -> now.filter(still -> still.revision() != revision));
    if (uncertain) {
      throw new Refusal(
          new Problem.StoreUnavailable("the lead was lost while a commit was under way"));
    }
    throw new Refusal(
        new Problem.NotLeader(
            row.map(found -> Draft.parse(found, LeaderRow.parser()).getAddress())));
  }

  /** Takes the lead with the next term; whoever had it can change nothing from then on. */
  long lead(String address) {
    ByteString attempt = attempt();
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
      Optional<Stored<LeaderRow>> before = read(Keys.LEADER, LeaderRow.parser());
      if (before.isPresent() && before.get().value().getAttempt().equals(attempt)) {
        return take(before.get().value().getTerm(), before.get().revision());
      }
      long term = before.map(row -> row.value().getTerm()).orElse(0L) + 1;
      LeaderRow row =
          LeaderRow.newBuilder().setTerm(term).setAddress(address).setAttempt(attempt).build();
      Compare compare =
          before
              .<Compare>map(found -> new Compare.ModifiedAt(Keys.LEADER, found.revision()))
              .orElseGet(() -> new Compare.Absent(Keys.LEADER));
      var draft = new Draft(store, attempt, false, Map.of());
      draft.put(Keys.LEADER, row);
      try {
        if (store.commit(draft.transaction(compare)) instanceof CommitResult.Committed(long at)) {
          return take(term, at);
        }
      } catch (OutcomeUnknown e) {
        // The next round reads whether it was done.
      } catch (StoreFailure e) {
        throw unavailable(e);
      }
    }
    throw new Refusal(new Problem.NotLeader(Optional.empty()));
  }

  private long take(long term, long revision) {
    lead.set(Optional.of(new Lead(term, revision)));
    return term;
  }

  Optional<Lead> lead() {
    return lead.get();
  }

  private ByteString attempt() {
    var bytes = new byte[16];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }
}
