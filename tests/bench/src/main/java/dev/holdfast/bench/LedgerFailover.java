package dev.holdfast.bench;

import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Lease;
import dev.holdfast.store.ledger.Ledger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * How long writes are away when a leader falls silent: from the last time that it kept the lead to
 * the first reservation that the other has committed.
 */
final class LedgerFailover {
  private static final Duration LEADERSHIP = Lease.TIME_TO_LIVE_MIN;

  /** As often as a server looks whether the lead is vacant. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private static final int ROUNDS = 5;

  private final LedgerBench bench;
  private final Consumer<Figure> report;

  LedgerFailover(LedgerBench bench, Consumer<Figure> report) {
    this.bench = bench;
    this.report = report;
  }

  void run(KeyValueStore store) throws Exception {
    Ledger leader = bench.vacant(store, 128);
    Ledger other = bench.again(store);
    takeLead(leader);
    Sites sites = new Sites(leader, 8);
    List<Double> seconds = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      sites.through(leader).reserve();
      long kept = System.nanoTime();
      if (!leader.keepLead()) {
        throw new IllegalStateException("the leader lost the lead while it kept it");
      }
      takeLead(other);
      sites.through(other).reserve();
      seconds.add((System.nanoTime() - kept) / 1e9);
      Ledger silent = leader;
      leader = other;
      other = silent;
    }
    double median = seconds.stream().sorted().skip(ROUNDS / 2).findFirst().orElseThrow();
    report.accept(
        new Figure(
            "failover-seconds",
            median,
            "s",
            "lease of the lead, and 1 s",
            LEADERSHIP.plusSeconds(1).toMillis() / 1e3));
  }

  private static void takeLead(Ledger ledger) {
    while (ledger.standForLead("bench", LEADERSHIP).isEmpty()) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
