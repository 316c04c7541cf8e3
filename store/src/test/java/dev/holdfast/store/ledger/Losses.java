package dev.holdfast.store.ledger;

import dev.holdfast.store.kv.AlteredStore;
import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.OutcomeUnknown;
import dev.holdfast.store.kv.StoreUnavailable;
import dev.holdfast.store.kv.Transaction;
import java.util.function.Supplier;

/** Commits lose their request or their answer, as told. */
record Losses(Supplier<Fate> fate) implements AlteredStore.Alteration {
  /** What happens to one commit. */
  enum Fate {
    ANSWERED,
    NOT_SENT,
    REQUEST_LOST,
    ANSWER_LOST
  }

  @Override
  public CommitResult commit(KeyValueStore store, Transaction transaction) {
    return switch (fate.get()) {
      case ANSWERED -> store.commit(transaction);
      case NOT_SENT -> throw new StoreUnavailable("no connection", new IllegalStateException());
      case REQUEST_LOST -> throw lost("the request was lost");
      case ANSWER_LOST -> {
        store.commit(transaction);
        throw lost("the answer was lost");
      }
    };
  }

  private static OutcomeUnknown lost(String why) {
    return new OutcomeUnknown(why, new IllegalStateException(why));
  }
}
