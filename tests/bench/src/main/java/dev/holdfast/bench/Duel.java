package dev.holdfast.bench;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Loads measured against each other: all are warmed up, then each has its turn in every round, so
 * that whatever else the machine does falls on all alike. The result is the median over the rounds.
 */
final class Duel {
  /** Rounds of a measurement; odd, so that the median is one of them. */
  static final int ROUNDS = 7;

  /** The part of the time that is spent on warming up. */
  private static final double WARM_UP = 0.4;

  /** How many times as long it may take by the wall clock, on a machine that does other work. */
  private static final int WARM_UP_STRETCH = 10;

  private static final int WARM_UP_PARTS = 10;

  private final Duration total;
  private final LongSupplier clock;
  private final Map<String, Load> loads = new LinkedHashMap<>();
  private List<Runnable> afterWarmUp = List.of();

  private Duel(Duration total, LongSupplier clock) {
    this.total = total;
    this.clock = clock;
  }

  /**
   * A duel whose rates are by the wall clock.
   *
   * @param total how long it takes in all, warm-up included: 1 second or more
   */
  static Duel byTheClock(Duration total) {
    return new Duel(total, System::nanoTime);
  }

  /**
   * A duel of loads that do all their work on the calling thread: rates are for each second that
   * the thread really ran, so that other work on the machine does not count. What the collector and
   * the compiler do on threads of their own does not count either.
   *
   * @param total how long it takes in all, by the wall clock; its warm-up longer where the machine
   *     does other work
   */
  static Duel ofOneThread(Duration total) {
    return new Duel(total, ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime);
  }

  /** Adds a contender. */
  Duel with(String name, Load load) {
    loads.put(name, load);
    return this;
  }

  /** What is to be done between warming up and measuring. */
  Duel afterWarmUp(List<Runnable> tasks) {
    afterWarmUp = tasks;
    return this;
  }

  /** Runs it; the median rate of each contender, in operations per second of its clock. */
  Map<String, Double> rates() throws Exception {
    long turn = (long) (total.toNanos() * (1 - WARM_UP) / ROUNDS / loads.size());
    for (Load load : loads.values()) {
      warmUp(load, (long) (total.toNanos() * WARM_UP / loads.size()));
    }
    afterWarmUp.forEach(Runnable::run);
    Map<String, List<Double>> measured = new LinkedHashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (Map.Entry<String, Load> entry : loads.entrySet()) {
        measured
            .computeIfAbsent(entry.getKey(), _ -> new ArrayList<>())
            .add(rate(entry.getValue(), turn));
      }
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    measured.forEach((name, rates) -> medians.put(name, quantile(rates, 0.5)));
    return medians;
  }

  /** By the duel's own clock: what is not compiled yet takes as much work on a busy machine. */
  private void warmUp(Load load, long nanos) throws Exception {
    long end = clock.getAsLong() + nanos;
    long last = System.nanoTime() + nanos * WARM_UP_STRETCH;
    while (clock.getAsLong() < end && System.nanoTime() - last < 0) {
      load.run(System.nanoTime() + nanos / WARM_UP_PARTS);
    }
  }

  private double rate(Load load, long nanos) throws Exception {
    long began = clock.getAsLong();
    long count = load.run(System.nanoTime() + nanos);
    return count * 1e9 / (clock.getAsLong() - began);
  }

  /** The value that a share of all lies at or below. */
  static double quantile(List<Double> values, double share) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get((int) Math.min(sorted.size() - 1L, (long) (share * sorted.size())));
  }
}
