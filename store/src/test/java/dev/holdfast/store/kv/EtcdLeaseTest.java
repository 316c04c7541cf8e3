package dev.holdfast.store.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.peers.Etcd;
import dev.holdfast.peers.EtcdCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lease is kept alive by who leads the cluster, and by nobody else. */
final class EtcdLeaseTest {
  private static final Duration LASTING = Duration.ofMinutes(1);
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  /** How often the link is cut until the call is faster than the member that notices. */
  private static final int CUTS_MAX = 5;

  @TempDir static Path folder;
  private static @Nullable EtcdCluster running;

  @BeforeAll
  static void start() {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    running = EtcdCluster.start(folder, EtcdCluster.Options.DEFAULT);
  }

  @AfterAll
  static void stop() {
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

  private static EtcdStore connect(int member) {
    return EtcdStore.connect(
        List.of(cluster().endpoints().get(member)), Optional.empty(), DEADLINE);
  }

  /** Whether a member says that it has kept a lease alive, asked as any client of etcd asks. */
  private static boolean says(int member, LeaseId lease) {
    String said =
        cluster().call(member, "/v3/lease/keepalive", "{\"ID\":\"%d\"}".formatted(lease.number()));
    return said.contains("\"TTL\":\"" + LASTING.toSeconds() + "\"");
  }

  @Test
  void aLeaseIsKeptThroughWhicheverMember() {
    try (EtcdStore first = connect(0)) {
      Lease lease = first.grantLease(LASTING);
      for (int member = 0; member < EtcdCluster.MEMBERS; member++) {
        assertTrue(says(member, lease.id()));
        try (EtcdStore store = connect(member)) {
          assertEquals(lease, store.keepAlive(lease.id()));
        }
      }
    }
  }

  @Test
  void whatALeaderKeepsThatHasNotNoticedItsFallDoesNotCount() {
    assumeTrue(cluster().separable(), "no network namespaces here, so nothing can be cut off");
    boolean deceived = false;
    for (int cut = 0; cut < CUTS_MAX && !deceived; cut++) {
      int leader = cluster().leader().orElseThrow();
      try (EtcdStore store = connect(leader)) {
        LeaseId lease = store.grantLease(LASTING).id();
        store.keepAlive(lease);
        cluster().cutFromPeers(leader);
        deceived = says(leader, lease);
        assertThrows(StoreUnavailable.class, () -> store.keepAlive(lease));
      } finally {
        cluster().heal();
      }
    }
    assertTrue(deceived, "a leader that is cut off keeps leases for a while");
  }
}
