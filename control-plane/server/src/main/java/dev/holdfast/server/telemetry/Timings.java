package dev.holdfast.server.telemetry;

import io.prometheus.metrics.core.metrics.Histogram;
import java.util.List;

/**
 * How long each of a few operations takes, and how often it is done and fails. An operation that
 * throws has failed; what it throws goes on to its caller.
 */
public final class Timings {
  private final Histogram seconds;

  Timings(Histogram seconds, List<String> operations) {
    this.seconds = seconds;
    operations.forEach(this::know);
  }

  /** Serves an operation from now on, though it was never done. */
  public void know(String operation) {
    for (Outcome outcome : Outcome.values()) {
      seconds.initLabelValues(operation, outcome.word);
    }
  }

  /** What the second label says; the first one is the operation. */
  private enum Outcome {
    DONE("done"),
    FAILED("failed");

    private final String word;

    Outcome(String word) {
      this.word = word;
    }
  }

  /** An operation that something comes of. */
  @FunctionalInterface
  public interface Call<T, A extends Exception, B extends Exception> {
    /** Does it. */
    T call() throws A, B;
  }

  /** An operation that nothing comes of. */
  @FunctionalInterface
  public interface Deed<A extends Exception> {
    /** Does it. */
    void run() throws A;
  }

  /**
   * Does an operation, and notes how long it took.
   *
   * @param operation one of few
   */
  <T, A extends Exception, B extends Exception> T get(String operation, Call<T, A, B> call)
      throws A, B {
    long began = System.nanoTime();
    Outcome outcome = Outcome.FAILED;
    try {
      T came = call.call();
      outcome = Outcome.DONE;
      return came;
    } finally {
      seconds.labelValues(operation, outcome.word).observe((System.nanoTime() - began) / 1e9);
    }
  }

  /** Does an operation that nothing comes of, and notes how long it took. */
  public <A extends Exception> void run(String operation, Deed<A> deed) throws A {
    this.<Boolean, A, RuntimeException>get(
        operation,
        () -> {
          deed.run();
          return true;
        });
  }
}
