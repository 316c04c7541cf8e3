package dev.holdfast.store.ledger;

import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.OutcomeUnknown;
import dev.holdfast.store.kv.Transaction;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * A batch whose transaction is under way.
 *
 * @param reign on what it was sent
 * @param sent what was sent
 * @param answer what the store says to it
 */
record Flight(
    Leadership.Reign reign,
    Batch batch,
    Batch.Prepared sent,
    CompletableFuture<CommitResult> answer) {
  private static final Executor THREADS =
      task -> Thread.ofVirtual().name("holdfast-commit-flight").start(task);

  /**
   * Sends a batch.
   *
   * @param meter where it says how the transaction ended
   * @param landed called once there is an answer, on another thread
   */
  static Flight begin(
      KeyValueStore store,
      Leadership.Reign reign,
      Batch batch,
      Batch.Prepared sent,
      LedgerMeter meter,
      Runnable landed) {
    int changes = batch.size();
    CompletableFuture<CommitResult> answer =
        CompletableFuture.supplyAsync(
            () -> commit(store, sent.transaction(), changes, meter), THREADS);
    var flight = new Flight(reign, batch, sent, answer);
    CompletableFuture<CommitResult> _ = answer.whenComplete((_, _) -> landed.run());
    return flight;
  }

  private static CommitResult commit(
      KeyValueStore store, Transaction transaction, int changes, LedgerMeter meter) {
    long began = System.nanoTime();
    LedgerMeter.Ending ending = LedgerMeter.Ending.FAILED;
    try {
      CommitResult result = store.commit(transaction);
      ending =
          switch (result) {
            case CommitResult.Committed _ -> LedgerMeter.Ending.COMMITTED;
            case CommitResult.Conflict _ -> LedgerMeter.Ending.CONFLICT;
          };
      return result;
    } catch (OutcomeUnknown e) {
      ending = LedgerMeter.Ending.UNKNOWN;
      throw e;
    } finally {
      meter.transaction(changes, ending, Duration.ofNanos(System.nanoTime() - began));
    }
  }

  boolean landed() {
    return answer.isDone();
  }

  /**
   * The answer of one that has landed.
   *
   * @throws dev.holdfast.store.kv.StoreFailure as {@link KeyValueStore#commit}
   */
  CommitResult result() {
    try {
      return answer.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException why ? why : e;
    }
  }
}
