package dev.holdfast.store.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.peers.LocalProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddedStoreTest extends KeyValueStoreContract {
  @TempDir Path folder;
  private final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T00:00:00Z"));

  @Override
  protected KeyValueStore open() {
    return EmbeddedStore.open(folder.resolve("ledger.db"), clock);
  }

  @Override
  protected void pass(Duration span) {
    clock.advance(span);
  }

  @Test
  void whatWasWrittenIsThereAfterReopeningHistoryAndLeasesIncluded() {
    Key key = Key.of("a");
    Key leased = Key.of("leased");
    Lease lease = store.grantLease(Duration.ofSeconds(10));
    commit(new Operation.Put(leased, Value.of("x"), java.util.Optional.of(lease.id())));
    long first = commit(Operation.put(key, Value.of("1")));
    long second = commit(Operation.put(key, Value.of("2")));
    store.close();
    store = open();
    assertEquals(second, store.get(key).revision());
    assertEquals(
        Value.of("1"),
        store.range(KeyRange.single(key), OptionalLong.of(first), 1).rows().getFirst().value());
    clock.advance(Duration.ofSeconds(10));
    assertTrue(store.get(leased).rows().isEmpty());
  }

  private long commit(Operation operation) {
    return store.commit(new Transaction(List.of(), List.of(operation))).revision();
  }

  @Test
  void compactionInManyStepsKeepsWhatIsReadableAndNothingElse() throws Exception {
    long seed = 3;
    var random = new Random(seed);
    var wanted = new TreeMap<Long, List<Row>>();
    for (int i = 0; i < 3_000; i++) {
      Key key = Key.of("k" + random.nextInt(50));
      long revision =
          commit(
              random.nextInt(4) == 0
                  ? new Operation.Delete(key)
                  : Operation.put(key, Value.of("v" + i)));
      wanted.put(revision, List.of());
      if (i % 100 == 0) {
        wanted.put(revision, store.range(KeyRange.prefix(Key.of("k"))).rows());
      }
    }
    long now = wanted.lastKey();
    for (long oldest : List.of(now / 3, now - 200, now)) {
      store.compact(oldest);
      assertThrows(RevisionCompacted.class, () -> past(oldest - 1));
      wanted.tailMap(oldest).entrySet().stream()
          .filter(entry -> !entry.getValue().isEmpty())
          .forEach(entry -> assertEquals(entry.getValue(), past(entry.getKey()), "seed " + seed));
    }
    List<Row> present = store.range(KeyRange.prefix(Key.of("k"))).rows();
    assertEquals(present, past(now));
    try (Connection file =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("ledger.db"));
        ResultSet count =
            file.createStatement()
                .executeQuery("SELECT count(*) FROM history WHERE value IS NOT NULL")) {
      assertEquals(present.size(), count.getInt(1), "seed " + seed);
    }
  }

  private List<Row> past(long revision) {
    return store.range(KeyRange.prefix(Key.of("k")), OptionalLong.of(revision), 100).rows();
  }

  @Test
  void aStoreThatIsOpenCannotBeOpenedAgain() {
    assertThrows(StoreUnavailable.class, this::open);
  }

  @Test
  void anotherUserCannotReadTheFile() throws Exception {
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("ledger.db"))));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void everythingAcknowledgedSurvivesEveryKillAndNothingIsThereByHalves(long seed)
      throws Exception {
    store.close();
    var random = new Random(seed);
    Path file = folder.resolve("ledger.db");
    Path acknowledged = folder.resolve("acknowledged");
    Files.createFile(acknowledged);
    for (int round = 0; round < 4; round++) {
      killWriterAfter(file, acknowledged, 1 + random.nextInt(400));
      String text = Files.readString(acknowledged);
      // The last line may be cut short by the kill.
      long last = text.substring(0, text.lastIndexOf('\n')).lines().count();
      try (KeyValueStore after = open()) {
        List<Row> rows = after.range(KeyRange.prefix(Key.of("n/"))).rows();
        String what = "seed %d, round %d: %d rows".formatted(seed, round, rows.size());
        assertTrue(rows.size() == last || rows.size() == last + 1, what + " for " + last);
        for (int i = 0; i < rows.size(); i++) {
          assertEquals(EndlessWriter.key(i), rows.get(i).key(), what);
          Row pair = after.get(EndlessWriter.pair(i)).rows().getFirst();
          assertEquals(rows.get(i).modRevision(), pair.modRevision(), what);
        }
        Row counter = after.get(EndlessWriter.COUNTER).rows().getFirst();
        assertEquals(rows.size(), counter.version(), what);
        assertEquals(rows.getLast().modRevision(), counter.modRevision(), what);
        // What was done and not acknowledged counts from here on.
        Files.writeString(acknowledged, "0\n".repeat(rows.size()));
      }
    }
    store = open();
  }

  private void killWriterAfter(Path file, Path acknowledged, int lines) throws Exception {
    long enough = Files.size(acknowledged) + 4L * lines;
    String java = ProcessHandle.current().info().command().orElseThrow();
    LocalProcess writer =
        LocalProcess.start(
            "writer",
            List.of(
                java,
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                EndlessWriter.class.getName(),
                file.toString(),
                acknowledged.toString()),
            Map.of(),
            folder.resolve("writer.log"));
    writer.awaitReady(() -> Files.size(acknowledged) > enough, Duration.ofSeconds(60));
    writer.kill();
  }
}
