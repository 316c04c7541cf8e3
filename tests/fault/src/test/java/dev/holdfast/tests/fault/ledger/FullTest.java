package dev.holdfast.tests.fault.ledger;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.peers.Etcd;
import dev.holdfast.peers.EtcdCluster;
import dev.holdfast.peers.SmallDisk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** There is no room left: on a member's disk, or in what etcd allows itself. */
final class FullTest {
  private static final InstantSource CLOCK = InstantSource.fixed(Plot.START);

  /** Room for two segments of etcd's log, 64 MB each, and a little. */
  private static final long DISK_BYTES = 160L << 20;

  private static final long QUOTA_BYTES = 24L << 20;
  private static final int FILLING_BYTES = 1 << 20;
  private static final Pattern REVISION = Pattern.compile("\"revision\":\"([0-9]+)\"");

  private static final Pattern RAISED_BY = Pattern.compile("\"memberID\":\"([0-9]+)\"");

  @TempDir Path folder;

  @Test
  void theDiskOfAMemberIsFullAndIsEmptiedAgain() throws Exception {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    assumeTrue(SmallDisk.permitted(folder.resolve("probe")), "no file system may be mounted");
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), DISK_BYTES);
        EtcdCluster cluster =
            EtcdCluster.start(
                folder.resolve("etcd"),
                new EtcdCluster.Options(2L << 30, Map.of(0, disk.folder())))) {
      FaultRun.through(
          "the disk of a member is full",
          cluster,
          CLOCK,
          (members, clients, _) -> {
            disk.fill();
            // Enough that its database must grow.
            for (int i = 0; i < 8; i++) {
              put(members, 1, "filling", FILLING_BYTES);
            }
            clients.awaitAnswers(FaultRun.ANSWERS, FaultRun.PATIENCE);
            assertFalse(members.process(0).running(), members.process(0).logTail());
            disk.empty();
          });
    }
  }

  @Test
  void theQuotaIsUsedUpAndRoomIsMade() throws Exception {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    try (EtcdCluster cluster =
        EtcdCluster.start(folder.resolve("etcd"), new EtcdCluster.Options(QUOTA_BYTES, Map.of()))) {
      FaultRun.through(
          "the quota is used up",
          cluster,
          CLOCK,
          (members, clients, _) -> {
            String answer = "";
            for (int i = 0; i < QUOTA_BYTES / FILLING_BYTES + 2; i++) {
              answer = put(members, 0, "filling", FILLING_BYTES);
            }
            assertTrue(answer.contains("database space exceeded"), answer);
            clients.awaitLost(6, FaultRun.PATIENCE);
            makeRoom(members);
          });
    }
  }

  private static String put(EtcdCluster cluster, int member, String key, int bytes) {
    return cluster.call(
        member,
        "/v3/kv/put",
        "{\"key\":\"%s\",\"value\":\"%s\"}"
            .formatted(base64(key.getBytes(StandardCharsets.UTF_8)), base64(new byte[bytes])));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** What the runbook says: compact, defragment, disarm. */
  private static void makeRoom(EtcdCluster cluster) {
    Matcher revision = REVISION.matcher(cluster.call(0, "/v3/maintenance/status", "{}"));
    assertTrue(revision.find(), "a status has a revision");
    cluster.call(
        0, "/v3/kv/compaction", "{\"revision\":\"" + revision.group(1) + "\",\"physical\":true}");
    for (int member = 0; member < EtcdCluster.MEMBERS; member++) {
      cluster.call(member, "/v3/maintenance/defragment", "{}");
    }
    Matcher raised =
        RAISED_BY.matcher(cluster.call(0, "/v3/maintenance/alarm", "{\"action\":\"GET\"}"));
    while (raised.find()) {
      cluster.call(
          0,
          "/v3/maintenance/alarm",
          "{\"action\":\"DEACTIVATE\",\"memberID\":\"%s\",\"alarm\":\"NOSPACE\"}"
              .formatted(raised.group(1)));
    }
  }
}
