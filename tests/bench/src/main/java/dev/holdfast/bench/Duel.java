package dev.holdfast.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Loads measured against each other: all are warmed up, then each has its turn in every round, so
 * that whatever else the machine does falls on all alike. The result is the median over the rounds.
 */
final class Duel {
  /** Rounds of a measurement; odd, so that the median is one of them. */
  static final int ROUNDS = 7;

  /** The part of the time that is spent on warming up. */
  private static final double WARM_UP = 0.3;

  private final Duration total;
  private final Map<String, Load> loads = new LinkedHashMap<>();

  /**
   * A duel that takes this long in all, warm-up included.
   *
   * @param total 1 second or more
   */
  Duel(Duration total) {
    this.total = total;
  }

  /** Adds a contender. */
  Duel with(String name, Load load) {
    loads.put(name, load);
    return this;
  }

  /** Runs it; the median rate of each contender, in operations per second. */
  Map<String, Double> rates() throws Exception {
    long turn = (long) (total.toNanos() * (1 - WARM_UP) / ROUNDS / loads.size());
    for (Load load : loads.values()) {
      rate(load, (long) (total.toNanos() * WARM_UP / loads.size()));
    }
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

  private static double rate(Load load, long nanos) throws Exception {
    long began = System.nanoTime();
    long count = load.run(began + nanos);
    return count * 1e9 / (System.nanoTime() - began);
  }

  /** The value that a share of all lies at or below. */
  static double quantile(List<Double> values, double share) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get((int) Math.min(sorted.size() - 1L, (long) (share * sorted.size())));
  }
}
