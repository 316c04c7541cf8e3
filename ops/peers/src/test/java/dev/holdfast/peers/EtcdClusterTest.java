package dev.holdfast.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EtcdClusterTest {
  private static final String PUT = "{\"key\":\"YQ==\",\"value\":\"Yg==\"}";

  @TempDir Path folder;

  @Test
  void whatOneMemberTookTheOthersHaveThoughItWasKilled() {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    try (EtcdCluster cluster = EtcdCluster.start(folder, EtcdCluster.Options.DEFAULT)) {
      int leader = cluster.leader().orElseThrow();
      cluster.call(leader, "/v3/kv/put", PUT);
      cluster.process(leader).kill();
      cluster.heal();
      for (int member = 0; member < EtcdCluster.MEMBERS; member++) {
        String found = cluster.call(member, "/v3/kv/range", "{\"key\":\"YQ==\"}");
        assertTrue(found.contains("\"value\":\"Yg==\""), found);
      }
    }
  }

  @Test
  void aMemberThatIsCutOffTakesNothing() {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    try (EtcdCluster cluster = EtcdCluster.start(folder, EtcdCluster.Options.DEFAULT)) {
      assumeTrue(cluster.separable(), "no network namespaces here, so nothing can be cut off");
      int leader = cluster.leader().orElseThrow();
      cluster.cutFromPeers(leader);
      assertFalse(answers(cluster, leader), "a member by itself took a write");
      assertTrue(answers(cluster, EtcdCluster.others(leader).getFirst()));
      assertNotEquals(OptionalInt.of(leader), cluster.leader());
      cluster.heal();
      assertTrue(answers(cluster, leader));
    }
  }

  private static boolean answers(EtcdCluster cluster, int member) {
    try {
      return cluster.call(member, "/v3/kv/put", PUT).contains("\"revision\"");
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  @Test
  void aBrokenDiskEndsAMemberAndTheOthersGoOn() {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    assumeTrue(DiskFault.possible(folder), "strace cannot attach here");
    try (EtcdCluster cluster = EtcdCluster.start(folder, EtcdCluster.Options.DEFAULT)) {
      LocalProcess victim = cluster.process(0);
      try (DiskFault _ = DiskFault.broken(victim, folder)) {
        assertTrue(answers(cluster, 1));
        assertNotEquals(0, victim.awaitExit(Duration.ofSeconds(30)));
      }
      assertTrue(answers(cluster, 1));
    }
  }

  @Test
  void aSmallDiskThatIsFullTakesNoMoreUntilItIsEmptied() throws Exception {
    Path folder = this.folder.resolve("disk");
    assumeTrue(SmallDisk.permitted(folder), "no file system may be mounted");
    try (SmallDisk disk = SmallDisk.mount(folder, 1 << 20)) {
      disk.fill();
      assertEquals(0, folder.toFile().getUsableSpace());
      disk.empty();
      assertTrue(folder.toFile().getUsableSpace() > 0);
    }
  }
}
