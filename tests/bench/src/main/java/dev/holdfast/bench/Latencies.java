package dev.holdfast.bench;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** How long each of many operations took. */
final class Latencies {
  private final Queue<Double> millis = new ConcurrentLinkedQueue<>();

  /** The same operation, timed. */
  Load.Operation timed(Load.Operation operation) {
    return () -> {
      long began = System.nanoTime();
      operation.run();
      millis.add((System.nanoTime() - began) / 1e6);
    };
  }

  /** Forgets all, such as what warming up took. */
  void clear() {
    millis.clear();
  }

  /** The latency that a share of all operations did not exceed, in milliseconds. */
  double quantile(double share) {
    return Duel.quantile(List.copyOf(millis), share);
  }
}
