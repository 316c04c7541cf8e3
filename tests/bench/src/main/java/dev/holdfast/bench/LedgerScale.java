package dev.holdfast.bench;

import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.ledger.Ledger;
import java.util.Map;
import java.util.function.Consumer;

/** The ledger with many rows: what they cost in speed and memory, and what reading them all takes. */
final class LedgerScale {
  private static final int FEW = 1_000;
  private static final int MANY = 100_000;

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
    long empty = usedBytes();
    Ledger few = bench.ledger(store, 128);
    var fewSites = new Sites(few, 256);
    Parallel.each(LedgerBench.WORKERS, FEW, _ -> fewSites.reserve());
    Ledger many = bench.ledger(store, 128);
    var manySites = new Sites(many, PATHWAYS);
    Parallel.each(LedgerBench.WORKERS, MANY, _ -> manySites.reserve());
    report.accept(
        new Figure(
            "heap-bytes", usedBytes() - empty, "bytes", "1 GiB for 100000 reservations", GIBIBYTE));

    Ledger standby = bench.again(store);
    long began = System.nanoTime();
    standby.becomeLeader("bench");
    double seconds = (System.nanoTime() - began) / 1e9;
    if (standby.snapshot().reservations().size() != MANY) {
      throw new IllegalStateException("not all reservations were read");
    }
    report.accept(
        new Figure("start-seconds-100000", seconds, "s", "reading 1000 rows each second", MANY / 1e3));

    many.becomeLeader("bench");
    Map<String, Double> rates =
        Duel.byTheClock(bench.total())
            .with("few", Parallel.of(LedgerBench.WORKERS, _ -> fewSites::reserve))
            .with("many", Parallel.of(LedgerBench.WORKERS, _ -> manySites::reserve))
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
