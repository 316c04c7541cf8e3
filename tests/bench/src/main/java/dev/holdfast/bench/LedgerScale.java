package dev.holdfast.bench;

import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.ledger.Ledger;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The ledger with many rows: what they cost in speed and memory, and what reading them all takes.
 */
final class LedgerScale {
  private static final int FEW = 1_000;
  private static final int MANY = 100_000;
  private static final int START_SECONDS = 10;

  /** Makes 10,000 nodes: a hypervisor and an enclave each, and a quarter as many shared ones. */
  private static final int PATHWAYS = 4_445;

  private static final double GIBIBYTE = 1L << 30;

  private final LedgerBench bench;
  private final Consumer<Figure> report;

  LedgerScale(LedgerBench bench, Consumer<Figure> report) {
    this.bench = bench;
    this.report = report;
  }

  void run(KeyValueStore store) throws Exception {
    rates(store);
    Ledger standby = bench.again(store);
    long began = System.nanoTime();
    standby.becomeLeader("bench");
    double seconds = (System.nanoTime() - began) / 1e9;
    int read = standby.snapshot().reservations().size();
    if (read < MANY) {
      throw new IllegalStateException("not all reservations were read");
    }
    report.accept(
        new Figure(
            "start-rows-per-second",
            read / seconds,
            "1/s",
            "100000 rows in 10 s",
            MANY / (double) START_SECONDS));
  }

  private void rates(KeyValueStore store) throws Exception {
    var few = new Sites(bench.ledger(store, 128), 256);
    Parallel.each(LedgerBench.WORKERS, FEW, _ -> few.reserve());
    long empty = usedBytes();
    var many = new Sites(bench.ledger(store, 128), PATHWAYS);
    Parallel.each(LedgerBench.WORKERS, MANY, _ -> many.reserve());
    report.accept(
        new Figure(
            "heap-bytes", usedBytes() - empty, "bytes", "1 GiB for 100000 reservations", GIBIBYTE));
    Map<String, Double> rates =
        Duel.byTheClock(bench.total())
            .with("few", Parallel.of(LedgerBench.WORKERS, _ -> few::reserve))
            .with("many", Parallel.of(LedgerBench.WORKERS, _ -> many::reserve))
            .rates();
    report.accept(
        new Figure(
            "rows-100000",
            rates.getOrDefault("many", 0.0),
            "1/s",
            "the same with 1000 rows",
            rates.getOrDefault("few", 0.0)));
  }

  private static long usedBytes() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
