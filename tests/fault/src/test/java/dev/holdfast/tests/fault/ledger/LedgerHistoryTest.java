package dev.holdfast.tests.fault.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.peers.Etcd;
import dev.holdfast.peers.EtcdCluster;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.tests.fault.history.Report;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Long histories of a real ledger: with nothing wrong beneath it, and with one fault after another.
 */
final class LedgerHistoryTest {
  /** How many calls the clients make; a million on demand. */
  private static final int OPERATIONS = Integer.getInteger("holdfast.history.operations", 100_000);

  private static final int FAULTS = 12;

  private static final Duration PATIENCE = Duration.ofHours(1);
  private static final int CLIENTS = 8;

  @TempDir Path folder;

  @Test
  void aLongHistoryOfConcurrentClientsIsLinearizable() throws Exception {
    long seed = 2;
    InstantSource clock = InstantSource.fixed(Plot.START);
    try (KeyValueStore store =
        EmbeddedStore.open(folder.resolve("ledger.db"), InstantSource.system())) {
      var teller = new Teller("one", store, clock);
      teller.ledger().becomeLeader("one");
      Plot.layOut(teller.ledger());
      try (var clients = new Clients(List.of(teller), seed)) {
        clients.start(CLIENTS);
        clients.awaitAnswers(OPERATIONS, PATIENCE);
        clients.stop();
        Report report = Report.of(Census.end(clients, store, clock));
        assertEquals(List.of(), report.findings(), () -> "seed " + seed + ": " + report.words());
        assertTrue(report.operations() >= OPERATIONS, report.words());
        System.out.println("embedded: seed " + seed + ": " + report.words());
      }
      Census.assertSees(store, clock, teller);
    }
  }

  @Test
  void aLongHistoryThroughOneFaultAfterAnotherIsLinearizable() throws Exception {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    // The clock stands still, so that no history is let go: it must all find room.
    var roomy = new EtcdCluster.Options(Math.max(2L << 30, OPERATIONS * 6L << 10), Map.of());
    try (EtcdCluster cluster = EtcdCluster.start(folder.resolve("etcd"), roomy)) {
      FaultRun.through(
          FAULTS + " faults", cluster, InstantSource.fixed(Plot.START), LedgerHistoryTest::strike);
    }
  }

  /** Breaks the cluster and heals it, again and again, until there were calls enough. */
  private static void strike(EtcdCluster cluster, Clients clients, Candidates candidates) {
    for (int fault = 0; fault < FAULTS; fault++) {
      int leader = cluster.leader().orElseThrow();
      switch (fault % 4) {
        case 0 -> cluster.process(leader).kill();
        case 1 -> cluster.process(leader).pause();
        case 2 -> cluster.process(EtcdCluster.others(leader).getFirst()).kill();
        default -> {
          if (cluster.separable()) {
            cluster.cutFromPeers(leader);
          } else {
            assertTrue(candidates.handOver(), "nobody else took the lead");
          }
        }
      }
      clients.awaitAnswers(FaultRun.ANSWERS, FaultRun.PATIENCE);
      cluster.heal();
      clients.awaitAnswers(OPERATIONS / FAULTS, PATIENCE);
    }
  }
}
