package dev.holdfast.agent.openenclave;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The few platform threads that native calls run on, with a bounded queue and a deadline. */
final class NativeThreads {
  private static final int THREADS = 2;
  private static final int QUEUE_MAX = 32;

  private final Duration deadline;
  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(QUEUE_MAX),
          Thread.ofPlatform().name("open-enclave-", 0).daemon().factory());

  NativeThreads(Duration deadline) {
    this.deadline = deadline;
  }

  /**
   * Runs a call and waits for it. A call that is given up on runs to its end, with memory of its
   * own, and frees what it got.
   *
   * @throws OpenEnclaveException if it fails, or there is no answer in time
   */
  <T> T call(Callable<T> work) throws OpenEnclaveException {
    Future<T> answer;
    try {
      answer = pool.submit(work);
    } catch (RejectedExecutionException e) {
      throw new OpenEnclaveException(
          pool.isShutdown()
              ? "the Open Enclave library is closed"
              : "more than " + QUEUE_MAX + " calls wait for the Open Enclave library",
          e);
    }
    try {
      return answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new OpenEnclaveException(
          "the Open Enclave library did not answer within " + deadline, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OpenEnclaveException("the wait for the Open Enclave library was ended", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof OpenEnclaveException ours) {
        throw ours;
      }
      throw new OpenEnclaveException("a call of the Open Enclave library failed", e);
    }
  }

  /** Takes no more calls; true once all have ended, false if one still has not by the deadline. */
  boolean end() {
    pool.shutdown();
    boolean interrupted = false;
    long until = System.nanoTime() + deadline.toNanos();
    try {
      while (true) {
        try {
          return pool.awaitTermination(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
