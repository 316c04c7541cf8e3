package dev.holdfast.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** Workers that do operations at the same time, each on a virtual thread of its own. */
final class Parallel {
  private Parallel() {}

  /** Makes the operation of one worker. */
  @FunctionalInterface
  interface Worker {
    /**
     * @param number from 0
     */
    Load.Operation of(int number);
  }

  /** Does something for each number below a count, by this many workers. */
  static void each(int workers, int count, IntConsumer work) throws Exception {
    var next = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < workers; i++) {
        all.add(
            threads.submit(
                () -> {
                  for (int n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
                    work.accept(n);
                  }
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  /** A load of this many workers, each with one operation in flight. */
  static Load of(int workers, Worker worker) {
    return endNanos -> {
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Long>> counts = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
          Load load = Load.serial(worker.of(i));
          counts.add(threads.submit(() -> load.run(endNanos)));
        }
        long sum = 0;
        for (Future<Long> count : counts) {
          sum += count.get();
        }
        return sum;
      }
    };
  }
}
