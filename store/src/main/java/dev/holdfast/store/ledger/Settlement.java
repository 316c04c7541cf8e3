package dev.holdfast.store.ledger;

import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.StoredProblem;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.StoreFailure;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Finds out what became of a transaction whose answer was lost, by reading.
 *
 * <p>The head tells whether it was done. Where it was not, the next head is written by itself,
 * after which it never can be. Where somebody else leads by now, its own rows tell. Once the lead
 * has run out, a store that does not answer is not asked again.
 */
final class Settlement {
  /** How often it looks, with a pause in between that doubles from 50 ms: some 3 s in all. */
  static final int LOOKS_MAX = 7;

  private static final long PAUSE_NANOS = 50_000_000;

  private final KeyValueStore store;
  private final Layout layout;
  private final Leadership leadership;

  Settlement(KeyValueStore store, Layout layout, Leadership leadership) {
    this.store = store;
    this.layout = layout;
    this.leadership = leadership;
  }

  /** What was found. */
  sealed interface Outcome {
    /** The same for who measures. */
    default LedgerMeter.Finding finding() {
      return switch (this) {
        case Done _ -> LedgerMeter.Finding.DONE;
        case NotDone _ -> LedgerMeter.Finding.NOT_DONE;
        case Lost _ -> LedgerMeter.Finding.LOST;
        case Open _ -> LedgerMeter.Finding.OPEN;
      };
    }
  }

  /** It was done. */
  record Done(long revision) implements Outcome {}

  /** It was not done and never will be; this is the image to go on with. */
  record NotDone(Image now) implements Outcome {}

  /** It was not done and never will be: somebody else leads. */
  record Lost(Refusal deposed) implements Outcome {}

  /** It cannot be told. */
  record Open() implements Outcome {}

  Outcome settle(Leadership.Reign reign, Batch.Prepared sent) {
    for (int look = 0; look < LOOKS_MAX; look++) {
      if (look > 0) {
        LockSupport.parkNanos(PAUSE_NANOS << (look - 1));
      }
      try {
        Optional<Outcome> found = look(reign, sent);
        if (found.isPresent()) {
          return found.get();
        }
      } catch (StoreFailure | Refusal failure) {
        boolean unreadable =
            failure instanceof Refusal refusal && refusal.problem() instanceof StoredProblem;
        if (unreadable || leadership.lead().isEmpty()) {
          // Who leads next must find out: it does so sooner than this store answers.
          return new Open();
        }
      }
    }
    return new Open();
  }

  private Optional<Outcome> look(Leadership.Reign reign, Batch.Prepared sent) {
    Head was = reign.image().head();
    Head is = leadership.head().orElse(Head.NONE);
    if (is.attempt().equals(sent.head().attempt())) {
      return Optional.of(new Done(is.revision()));
    }
    if (is.revision() == was.revision()) {
      Head next = was.next(leadership.nextVersion(was), was.term(), leadership.attempt());
      return switch (leadership.write(reign.lead(), was, next)) {
        case Leadership.Written(long revision) ->
            Optional.of(new NotDone(reign.image().with(next.at(revision))));
        case Leadership.Deposed(Refusal why) -> Optional.of(byItsRows(reign, sent, why));
        case Leadership.Unwritten _ -> Optional.empty();
      };
    }
    if (is.term() == was.term()) {
      // A head that this very search wrote, and whose answer was lost too.
      return Optional.of(new NotDone(reign.image().with(is)));
    }
    return Optional.of(byItsRows(reign, sent, leadership.notLeader()));
  }

  /**
   * Somebody else leads, so it is as it is. A row that has not changed since says it was not done.
   */
  private Outcome byItsRows(Leadership.Reign reign, Batch.Prepared sent, Refusal deposed) {
    for (Operation operation : sent.transaction().operations()) {
      if (!layout.isRow(operation.key())) {
        continue;
      }
      Optional<Row> is = store.get(operation.key()).row(operation.key());
      if (operation instanceof Operation.Put put
          && is.filter(row -> row.value().equals(put.value())).isPresent()) {
        return new Done(is.get().modRevision());
      }
      RowState was = reign.image().get(layout.path(operation.key()));
      if (is.map(Row::modRevision).equals(Optional.ofNullable(was).map(RowState::revision))) {
        return new Lost(deposed);
      }
    }
    return new Open();
  }
}
