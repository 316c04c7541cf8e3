package dev.holdfast.store.ledger;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A change that waits to be committed, and the caller that waits for it.
 *
 * @param <T> what comes of it
 */
final class Pending<T> {
  private final Decision<T> decision;
  private final CountDownLatch done = new CountDownLatch(1);
  private Decided<T> decided;
  private volatile @Nullable Stored<T> stored;
  private volatile @Nullable RuntimeException failure;

  /** What a change does: reads rows and writes rows of a draft, and says what comes of it. */
  @FunctionalInterface
  interface Decision<T> {
    T decide(Draft draft);
  }

  /** A change as it was decided. */
  record Decided<T>(Draft draft, T result) {}

  /** A change that was decided by the caller, on what was there then. */
  Pending(Decision<T> decision, Decided<T> decided) {
    this.decision = decision;
    this.decided = decided;
  }

  /** The draft at hand. */
  Draft draft() {
    return decided.draft();
  }

  /** Decides it anew. */
  Draft decide(Draft fresh) {
    decided = new Decided<>(fresh, decision.decide(fresh));
    return fresh;
  }

  void commit(long revision) {
    stored = new Stored<>(decided.result(), revision);
    done.countDown();
  }

  void fail(RuntimeException why) {
    failure = why;
    done.countDown();
  }

  /** Waits for what comes of it. */
  Stored<T> await() {
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(
          new Problem.StoreUnavailable("the caller went away before the store had answered"));
    }
    RuntimeException refused = failure;
    if (refused instanceof Refusal refusal) {
      // Thrown anew: what one thread threw says nothing of where another one waited.
      var here = new Refusal(refusal.problem());
      here.addSuppressed(refusal);
      throw here;
    }
    if (refused != null) {
      throw new IllegalStateException("a change failed", refused);
    }
    Stored<T> committed = stored;
    if (committed == null) {
      throw new IllegalStateException("a change ended without an outcome");
    }
    return committed;
  }
}
