package dev.holdfast.store.ledger;

import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.KeyValueStore;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * A batch whose transaction is under way.
 *
 * @param reign on what it was sent
 * @param sent what was sent
 * @param began when, by {@link System#nanoTime}
 * @param answer what the store says to it
 */
record Flight(
    Leadership.Reign reign,
    Batch batch,
    Batch.Prepared sent,
    long began,
    CompletableFuture<CommitResult> answer) {
  /**
   * Threads of the platform, kept for a while: a virtual one would queue behind all the callers
   * that a batch wakes, and the store would wait for them.
   */
  static final Executor THREADS =
      Executors.newCachedThreadPool(
          Thread.ofPlatform().daemon().name("holdfast-commit-", 0).factory());

  /**
   * Sends a batch.
   *
   * @param landed called once there is an answer, on another thread
   */
  static Flight begin(
      KeyValueStore store,
      Leadership.Reign reign,
      Batch batch,
      Batch.Prepared sent,
      Runnable landed) {
    long began = System.nanoTime();
    CompletableFuture<CommitResult> answer =
        CompletableFuture.supplyAsync(() -> store.commit(sent.transaction()), THREADS);
    var flight = new Flight(reign, batch, sent, began, answer);
    CompletableFuture<CommitResult> _ = answer.whenComplete((_, _) -> landed.run());
    return flight;
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
