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
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Reservations made and given back through the ledger, three transactions each, beside single
 * writes of 200 bytes to the same store: as many at once, of as many tenants as there are workers.
 */
final class LedgerBench {
  private static final int WORKERS = 16;
  private static final int VALUE_BYTES = 200;

  private final Duration total;
  private final Consumer<Figure> report;
  private final Path scratch;

  LedgerBench(Duration total, Consumer<Figure> report, Path scratch) {
    this.total = total;
    this.report = report;
    this.scratch = scratch;
  }

  void run() throws Exception {
    if (Etcd.installed()) {
      etcd();
    } else {
      System.err.println("bench: etcd is not installed; its figures are left out");
    }
    try (KeyValueStore store =
        EmbeddedStore.open(scratch.resolve("ledger.db"), InstantSource.system())) {
      duel(
          "reservations-embedded",
          store,
          "raw commits of 200 bytes, embedded store",
          commits(store));
    }
  }

  private void etcd() throws Exception {
    try (Etcd server = Etcd.start(scratch.resolve("etcd"));
        Client client = Client.builder().endpoints(server.endpoint()).build();
        KeyValueStore store = EtcdStore.connect(server.endpoint())) {
      ByteSequence value = ByteSequence.from(new byte[VALUE_BYTES]);
      Load puts =
          Parallel.of(
              WORKERS,
              worker -> {
                ByteSequence key = ByteSequence.from("raw/" + worker, StandardCharsets.UTF_8);
                return () -> client.getKVClient().put(key, value).get(10, TimeUnit.SECONDS);
              });
      duel("reservations-etcd", store, "raw puts of 200 bytes, etcd", puts);
    }
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

  private void duel(String figure, KeyValueStore store, String beside, Load raw) throws Exception {
    var ledger = new Ledger(store, InstantSource.system());
    ledger.becomeLeader("bench");
    var sites = new Sites(ledger, WORKERS);
    Load own = Parallel.of(WORKERS, worker -> () -> sites.cycle(worker));
    Load shared = Parallel.of(WORKERS, _ -> () -> sites.cycle(0));
    String contended = figure + "-one-tenant";
    Map<String, Double> rates =
        Duel.byTheClock(total.multipliedBy(2))
            .with(figure, own)
            .with(contended, shared)
            .with("raw", raw)
            .rates();
    double besideValue = rates.getOrDefault("raw", 0.0);
    for (String name : List.of(figure, contended)) {
      report.accept(new Figure(name, rates.getOrDefault(name, 0.0), "1/s", beside, besideValue));
    }
  }
}
