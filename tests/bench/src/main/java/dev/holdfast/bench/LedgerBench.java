package dev.holdfast.bench;

import com.google.protobuf.ByteString;
import dev.holdfast.peers.Etcd;
import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.EtcdStore;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.seal.FileKeyProvider;
import dev.holdfast.store.seal.KeyProvider;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Reservations made through the ledger, sealed and fenced as a server makes them, beside single
 * writes of 200 bytes to the same store by as many callers, and beside one transaction for each.
 */
final class LedgerBench {
  /** Callers at the same time, for the ledger and for what stands beside it. */
  static final int WORKERS = 64;

  private static final int PATHWAYS = 256;

  /** Reservations made before anything is measured: a server has been running for a while. */
  private static final int WARM_UP = 60_000;

  private static final int VALUE_BYTES = 200;

  /** As many rows as the ledger commits together with so many callers: half of them at a time. */
  private static final int BARE_ROWS = WORKERS / 2;

  /** What a sealed reservation takes. */
  private static final int SEALED_BYTES = 300;

  private final Duration total;
  private final Consumer<Figure> report;
  private final Path scratch;
  private final KeyProvider keys;
  private int shards;

  LedgerBench(Duration total, Consumer<Figure> report, Path scratch) {
    this.total = total;
    this.report = report;
    this.scratch = scratch;
    this.keys = FileKeyProvider.open(scratch.resolve("keys/wrapping"), new SecureRandom());
  }

  void run() throws Exception {
    if (Etcd.installed()) {
      etcd();
    } else {
      System.err.println("bench: etcd is not installed; its figures are left out");
    }
    try (KeyValueStore store =
        EmbeddedStore.open(scratch.resolve("ledger.db"), InstantSource.system())) {
      rates("-embedded", store, "single commits of 200 bytes, embedded store", commits(store));
    }
  }

  private void etcd() throws Exception {
    try (Etcd server = Etcd.start(scratch.resolve("etcd"));
        Client client = Client.builder().endpoints(server.endpoint()).build();
        KeyValueStore store = EtcdStore.connect(server.endpoint())) {
      Parallel.Worker puts = puts(client);
      rates("", store, "single puts of 200 bytes, etcd", Parallel.of(WORKERS, puts));
      latencies(store, puts);
      new LedgerScale(this, report).run(store);
    }
    new LedgerFailover(this, report).run(scratch.resolve("etcd-cluster"));
  }

  /** How long one duel takes. */
  Duration total() {
    return total;
  }

  private static Parallel.Worker puts(Client client) {
    ByteSequence value = ByteSequence.from(new byte[VALUE_BYTES]);
    return worker -> {
      ByteSequence key = ByteSequence.from("raw/" + worker, StandardCharsets.UTF_8);
      return () -> client.getKVClient().put(key, value).get(10, TimeUnit.SECONDS);
    };
  }

  private static Load commits(KeyValueStore store) {
    var value = new Value(ByteString.copyFrom(new byte[VALUE_BYTES]));
    return Parallel.of(
        WORKERS,
        worker -> {
          var put =
              new Transaction(List.of(), List.of(Operation.put(Key.of("raw/" + worker), value)));
          return () -> {
            if (!(store.commit(put) instanceof CommitResult.Committed)) {
              throw new IllegalStateException("a put without conditions was not committed");
            }
          };
        });
  }

  /**
   * The ceiling: rows of the same size, in transactions one after the other, that nobody has to
   * decide on, seal or wait for.
   */
  private static Load bareRows(KeyValueStore store) {
    var value = new Value(ByteString.copyFrom(new byte[SEALED_BYTES]));
    var next = new AtomicLong();
    return endNanos -> {
      long rows = 0;
      do {
        List<Operation> puts =
            Stream.<Operation>generate(
                    () ->
                        Operation.put(
                            Key.of("bare/reservation/acme/r" + next.incrementAndGet()), value))
                .limit(BARE_ROWS)
                .toList();
        if (!(store.commit(new Transaction(List.of(), puts)) instanceof CommitResult.Committed)) {
          throw new IllegalStateException("puts without conditions were not committed");
        }
        rows += BARE_ROWS;
      } while (System.nanoTime() - endNanos < 0);
      return rows;
    };
  }

  /** A ledger of its own in the store, led, with nothing in it. */
  Ledger ledger(KeyValueStore store, int batchMax) {
    Ledger ledger = vacant(store, batchMax);
    ledger.becomeLeader("bench");
    return ledger;
  }

  /** A ledger of its own in the store that nobody leads, with nothing in it. */
  Ledger vacant(KeyValueStore store, int batchMax) {
    var settings = new Ledger.Settings("bench-" + ++shards, batchMax);
    return new Ledger(store, keys, settings, InstantSource.system());
  }

  /** The same ledger for another instance, which does not lead. */
  Ledger again(KeyValueStore store) {
    var settings = new Ledger.Settings("bench-" + shards, 128);
    return new Ledger(store, keys, settings, InstantSource.system());
  }

  private void rates(String of, KeyValueStore store, String beside, Load raw) throws Exception {
    var warm = new Sites(ledger(store, 128), PATHWAYS);
    Parallel.each(WORKERS, WARM_UP, _ -> warm.reserve());
    var together = new Sites(ledger(store, 128), PATHWAYS);
    var oneByOne = new Sites(ledger(store, 1), PATHWAYS);
    Map<String, Double> rates =
        Duel.byTheClock(total.multipliedBy(2))
            .with("together", Parallel.of(WORKERS, _ -> together::reserve))
            .with("one", Parallel.of(WORKERS, _ -> oneByOne::reserve))
            .with("raw", raw)
            .with("bare", bareRows(store))
            .rates();
    double rate = rates.getOrDefault("together", 0.0);
    report.accept(
        new Figure("reservations" + of, rate, "1/s", beside, rates.getOrDefault("raw", 0.0)));
    report.accept(
        new Figure(
            "reservations-one-by-one" + of,
            rate,
            "1/s",
            "one transaction for each reservation",
            rates.getOrDefault("one", 0.0)));
    report.accept(
        new Figure(
            "reservations-ceiling" + of,
            rate,
            "1/s",
            "bare transactions of 32 rows of that size, one after the other",
            rates.getOrDefault("bare", 0.0)));
  }

  private void latencies(KeyValueStore store, Parallel.Worker puts) throws Exception {
    var sites = new Sites(ledger(store, 128), PATHWAYS);
    var reserved = new Latencies();
    var refused = new Latencies();
    var put = new Latencies();
    Load reserving = Parallel.of(WORKERS, _ -> reserved.timed(sites::reserve));
    Load putting = Parallel.of(WORKERS, worker -> put.timed(puts.of(worker)));
    // Refusals come while others reserve: that is when their latency matters.
    Load refusing =
        Parallel.of(
            WORKERS, worker -> worker % 2 == 0 ? refused.timed(sites::refused) : sites::reserve);
    Duel.byTheClock(total)
        .with("reserve", reserving)
        .with("put", putting)
        .with("refuse", refusing)
        .afterWarmUp(List.of(reserved::clear, put::clear, refused::clear))
        .rates();
    double one = put.quantile(0.99);
    report.accept(
        new Figure(
            "added-p99",
            Math.max(reserved.quantile(0.99) - one, 1e-3),
            "ms",
            "p99 of one put, etcd",
            one));
    report.accept(
        new Figure(
            "refusal-latency",
            refused.quantile(0.5),
            "ms",
            "median of a reservation",
            reserved.quantile(0.5)));
  }
}
