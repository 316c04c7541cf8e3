package dev.holdfast.tests.fault.ledger;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.peers.DiskFault;
import dev.holdfast.peers.Etcd;
import dev.holdfast.peers.EtcdCluster;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever happens to a cluster of three: some order of the calls explains every answer, nothing
 * that was acknowledged is lost, and all is well again when the fault is gone.
 */
final class EtcdFaultTest {
  private static final InstantSource CLOCK = InstantSource.fixed(Plot.START);

  @TempDir static Path folder;
  private static @Nullable EtcdCluster running;

  @BeforeAll
  static void startCluster() {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    running = EtcdCluster.start(folder.resolve("etcd"), EtcdCluster.Options.DEFAULT);
  }

  @AfterAll
  static void endCluster() {
    if (running != null) {
      running.close();
    }
  }

  private static EtcdCluster cluster() {
    if (running == null) {
      throw new IllegalStateException("the cluster was not started");
    }
    return running;
  }

  private static void through(TestInfo test, FaultRun.Nemesis nemesis) throws Exception {
    FaultRun.through(test.getDisplayName(), cluster(), CLOCK, nemesis);
  }

  /** What is done to the cluster. */
  private interface Harm {
    void doTo(EtcdCluster cluster) throws Exception;
  }

  /** Clients are answered all the same: a majority is left. */
  private static void served(TestInfo test, Harm harm) throws Exception {
    through(
        test,
        (cluster, clients, _) -> {
          harm.doTo(cluster);
          clients.awaitAnswers(FaultRun.ANSWERS, FaultRun.PATIENCE);
        });
  }

  /** Nobody leads, and what is asked meanwhile gets no answer. */
  private static void unserved(TestInfo test, Harm harm) throws Exception {
    through(
        test,
        (cluster, clients, candidates) -> {
          harm.doTo(cluster);
          candidates.awaitNoLeader();
          clients.awaitLost(1, FaultRun.PATIENCE);
        });
  }

  /** Partitions need network namespaces; elsewhere there are none to be had. */
  private static void assumeSeparable() {
    assumeTrue(cluster().separable(), "no network namespaces here, so nothing can be cut off");
  }

  private static int leader(EtcdCluster cluster) {
    return cluster.leader().orElseThrow(() -> new AssertionError("nobody leads"));
  }

  @Test
  void theLeaderIsKilled(TestInfo test) throws Exception {
    served(test, cluster -> cluster.process(leader(cluster)).kill());
  }

  @Test
  void theLeaderIsStoppedAndGoesOn(TestInfo test) throws Exception {
    served(test, cluster -> cluster.process(leader(cluster)).pause());
  }

  @Test
  void everyMemberIsKilledInTurn(TestInfo test) throws Exception {
    through(
        test,
        (cluster, clients, _) -> {
          for (int member = 0; member < EtcdCluster.MEMBERS; member++) {
            cluster.process(member).kill();
            clients.awaitAnswers(FaultRun.ANSWERS / 3, FaultRun.PATIENCE);
            cluster.heal();
          }
        });
  }

  @Test
  void theLeaderIsCutOffFromItsPeersButNotFromClients(TestInfo test) throws Exception {
    assumeSeparable();
    served(test, cluster -> cluster.cutFromPeers(leader(cluster)));
  }

  @Test
  void theLeaderIsCutOffFromEverybody(TestInfo test) throws Exception {
    assumeSeparable();
    served(
        test,
        cluster -> {
          int leader = leader(cluster);
          cluster.cutFromPeers(leader);
          cluster.cutFromClients(leader);
        });
  }

  @Test
  void theLedgerThatLeadsIsCutOffTogetherWithTheLeader(TestInfo test) throws Exception {
    assumeSeparable();
    through(test, new Together(leader(cluster())));
  }

  /** One ledger reaches one member only, the other one the other members. */
  private record Together(int member) implements FaultRun.Nemesis {
    @Override
    public List<URI> reached(EtcdCluster cluster, int ledger) {
      List<Integer> members = ledger == 0 ? List.of(member) : EtcdCluster.others(member);
      return members.stream().map(cluster.endpoints()::get).toList();
    }

    @Override
    public void strike(EtcdCluster cluster, Clients clients, Candidates candidates) {
      Teller first = clients.tellers().getFirst();
      if (!first.leads()) {
        assertTrue(candidates.handOver(), "the first ledger did not take the lead");
      }
      cluster.cutFromPeers(member);
      clients.awaitAnswers(FaultRun.ANSWERS, FaultRun.PATIENCE);
    }
  }

  @Test
  void aMemberIsCutOffFromItsPeersButNotFromClients(TestInfo test) throws Exception {
    assumeSeparable();
    served(test, cluster -> cluster.cutFromPeers(EtcdCluster.others(leader(cluster)).getFirst()));
  }

  @Test
  void nobodyReachesAnybody(TestInfo test) throws Exception {
    assumeSeparable();
    unserved(
        test,
        cluster -> {
          for (int member = 0; member < EtcdCluster.MEMBERS; member++) {
            cluster.cutFromPeers(member);
          }
        });
  }

  @Test
  void theQuorumIsLostAndComesBack(TestInfo test) throws Exception {
    unserved(
        test,
        cluster -> {
          for (int member : EtcdCluster.others(leader(cluster))) {
            cluster.process(member).kill();
          }
        });
  }

  @Test
  void theDiskOfTheLeaderIsSlow(TestInfo test) throws Exception {
    assumeTrue(DiskFault.possible(folder), "strace cannot attach here");
    through(
        test,
        (cluster, clients, _) -> {
          try (var _ =
              DiskFault.slow(cluster.process(leader(cluster)), Duration.ofMillis(200), folder)) {
            clients.awaitAnswers(FaultRun.ANSWERS / 2, FaultRun.PATIENCE);
          }
        });
  }

  @Test
  void theDiskOfTheLeaderBreaks(TestInfo test) throws Exception {
    assumeTrue(DiskFault.possible(folder), "strace cannot attach here");
    through(
        test,
        (cluster, clients, _) -> {
          var victim = cluster.process(leader(cluster));
          try (var _ = DiskFault.broken(victim, folder)) {
            // etcd does not go on over a disk that loses writes.
            victim.awaitExit(FaultRun.PATIENCE);
          }
          clients.awaitAnswers(FaultRun.ANSWERS, FaultRun.PATIENCE);
        });
  }

  @Test
  void twoLedgersTakeTheLeadFromEachOther(TestInfo test) throws Exception {
    through(
        test,
        (_, clients, candidates) -> {
          for (int turn = 0; turn < 5; turn++) {
            assertTrue(candidates.handOver(), "nobody else took the lead");
            clients.awaitAnswers(FaultRun.ANSWERS / 10, FaultRun.PATIENCE);
          }
        });
  }
}
