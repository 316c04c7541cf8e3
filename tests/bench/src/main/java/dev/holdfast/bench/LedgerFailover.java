package dev.holdfast.bench;

import com.google.protobuf.ByteString;
import dev.holdfast.peers.EtcdCluster;
import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.EtcdStore;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.StoreFailure;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.ledger.Ledger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * How long writes are away when a leader dies: the ledger's, from the last time that it kept the
 * lead to the first reservation that the other has committed, and etcd's own, from the kill to the
 * first put that is acknowledged. Both over the same cluster of three members.
 */
final class LedgerFailover {
  /** The least that members with the cluster's election timeout grant. */
  private static final Duration LEADERSHIP = Duration.ofSeconds(3);

  /** As often as a server looks whether the lead is vacant. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** How long one of several clients waits for an answer before it asks again. */
  private static final Duration PUT_DEADLINE = Duration.ofMillis(250);

  private static final int PUTTING_CLIENTS = 4;
  private static final int VALUE_BYTES = 200;
  private static final int ROUNDS = 5;

  private final LedgerBench bench;
  private final Consumer<Figure> report;

  LedgerFailover(LedgerBench bench, Consumer<Figure> report) {
    this.bench = bench;
    this.report = report;
  }

  void run(Path folder) throws Exception {
    double ledger;
    double etcd;
    try (EtcdCluster cluster = EtcdCluster.start(folder, EtcdCluster.Options.DEFAULT)) {
      if (!cluster.separable()) {
        System.err.println("bench: no network namespaces here; etcd's members share the loopback");
      }
      ledger = median(ledger(cluster));
      etcd = median(etcd(cluster));
    }
    report.accept(
        new Figure(
            "failover-seconds",
            ledger,
            "s",
            "lease of the lead, and 1 s",
            LEADERSHIP.plusSeconds(1).toMillis() / 1e3));
    report.accept(
        new Figure(
            "failover-seconds-etcd", ledger, "s", "puts when etcd's leader is killed", etcd));
  }

  private static double median(List<Double> seconds) {
    return Duel.quantile(seconds, 0.5);
  }

  private List<Double> ledger(EtcdCluster cluster) throws Exception {
    try (KeyValueStore one =
            EtcdStore.connect(
                cluster.endpoints(), Optional.empty(), KeyValueStore.DEADLINE_DEFAULT);
        KeyValueStore another =
            EtcdStore.connect(
                cluster.endpoints(), Optional.empty(), KeyValueStore.DEADLINE_DEFAULT)) {
      Ledger leader = bench.vacant(one, 128);
      Ledger other = bench.again(another);
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
      return seconds;
    }
  }

  private static void takeLead(Ledger ledger) {
    while (ledger.standForLead("bench", LEADERSHIP).isEmpty()) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static List<Double> etcd(EtcdCluster cluster) throws Exception {
    List<Double> seconds = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      int leader =
          cluster.leader().orElseThrow(() -> new IllegalStateException("no member of etcd leads"));
      List<URI> others = EtcdCluster.others(leader).stream().map(cluster.endpoints()::get).toList();
      try (KeyValueStore plain = EtcdStore.connect(others, Optional.empty(), PUT_DEADLINE);
          ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        put(plain);
        long killed = System.nanoTime();
        cluster.process(leader).kill();
        seconds.add(
            threads.invokeAny(
                Collections.nCopies(
                    PUTTING_CLIENTS,
                    () -> {
                      put(plain);
                      return (System.nanoTime() - killed) / 1e9;
                    })));
      }
      cluster.heal();
    }
    return seconds;
  }

  /** Puts a value, again and again until that is acknowledged. */
  private static void put(KeyValueStore store) throws InterruptedException {
    var value = new Value(ByteString.copyFrom(new byte[VALUE_BYTES]));
    var put = new Transaction(List.of(), List.of(Operation.put(Key.of("raw/failover"), value)));
    while (!Thread.interrupted()) {
      try {
        if (store.commit(put) instanceof CommitResult.Committed) {
          return;
        }
      } catch (StoreFailure e) {
        // Asked again.
      }
    }
    throw new InterruptedException("another client was faster");
  }
}
