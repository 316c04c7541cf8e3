package dev.holdfast.store.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.peers.LocalProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
  void aStoreThatIsOpenCannotBeOpenedAgain() {
    assertThrows(StoreUnavailable.class, this::open);
  }

  @Test
  void anotherUserCannotReadTheFile() throws Exception {
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("ledger.db"))));
  }

  @Test
  void everythingAcknowledgedSurvivesAKill() throws Exception {
    store.close();
    Path file = folder.resolve("ledger.db");
    Path acknowledged = folder.resolve("acknowledged");
    Files.createFile(acknowledged);
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
    writer.awaitReady(() -> Files.size(acknowledged) > 2000, Duration.ofSeconds(60));
    writer.kill();
    String text = Files.readString(acknowledged);
    // The last line may be cut short by the kill.
    long last = text.substring(0, text.lastIndexOf('\n')).lines().count();
    assertTrue(last > 0);
    store = open();
    Snapshot after = store.range(KeyRange.prefix(Key.of("n/")));
    assertTrue(after.rows().size() >= last, () -> after.rows().size() + " rows for " + last);
    for (int i = 0; i < after.rows().size(); i++) {
      Row row = after.rows().get(i);
      assertEquals(EndlessWriter.key(i), row.key());
      Row pair = store.get(EndlessWriter.pair(i)).rows().getFirst();
      assertNotNull(pair);
      assertEquals(row.modRevision(), pair.modRevision(), "both rows of a transaction or none");
    }
  }
}
