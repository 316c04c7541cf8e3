package dev.holdfast.store.ledger;

import static dev.holdfast.store.ledger.Site.START;
import static dev.holdfast.store.ledger.Site.reserve;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.ManualClock;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.seal.DataKeys;
import dev.holdfast.store.seal.FileKeyProvider;
import dev.holdfast.store.seal.KeyFailure;
import dev.holdfast.store.seal.KeyProvider;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that change while the ledger is in use. */
final class KeyRotationTest {
  private static final Key RING = new Layout("main").keys();

  @TempDir Path folder;
  private final ManualClock clock = new ManualClock(START);
  private KeyProvider keys;
  private KeyValueStore store;
  private Ledger ledger;

  @BeforeEach
  void open() {
    keys = FileKeyProvider.open(folder.resolve("keys/wrapping"), new SecureRandom());
    store = EmbeddedStore.open(folder.resolve("ledger.db"), clock);
    ledger = new Ledger(store, keys, clock);
    ledger.becomeLeader("first:1");
    Site.build(ledger);
    reserve(ledger, "r1", 4000, 1);
  }

  @AfterEach
  void close() {
    store.close();
    keys.close();
  }

  private DataKeys ring(KeyProvider provider) {
    Value stored = store.get(RING).row(RING).orElseThrow().value();
    return DataKeys.open(provider, stored.bytes().toByteArray());
  }

  @Test
  void anOldKeyIsReplacedAndLetGoOnceNothingIsSealedUnderIt() {
    Set<Integer> first = ring(keys).ids();
    assertFalse(ledger.tendKeys());
    assertEquals(first, ring(keys).ids());
    clock.advance(DataKeys.AGE_MAX.plusSeconds(1));
    var standby = new Ledger(store, keys, clock);
    assertEquals(1, standby.snapshot().reservations().size());
    Site.attest(ledger, Site.ONE, "c2", clock.instant().plusSeconds(60));
    assertTrue(ledger.tendKeys());
    assertEquals(2, ring(keys).ids().size());
    reserve(ledger, "r2", 1, 1);
    assertFalse(ledger.tendKeys());
    assertEquals(1, ring(keys).ids().size());
    assertNotEquals(first, ring(keys).ids());
    assertEquals(
        ledger.snapshot().reservations(), new Ledger(store, keys, clock).snapshot().reservations());
    standby.becomeLeader("standby:1");
    assertEquals(2, standby.snapshot().reservations().size());
  }

  @Test
  void aNewWrappingKeyWrapsWhatTheOldOneDid() {
    keys.rotate();
    ledger.tendKeys();
    assertTrue(ring(keys).wrappedBy(keys));
    assertEquals(
        ledger.snapshot().reservations(), new Ledger(store, keys, clock).snapshot().reservations());
  }

  @Test
  void withoutTheWrappingKeyNothingIsReadAndNothingIsWritten() {
    try (KeyProvider other =
        FileKeyProvider.open(folder.resolve("other/wrapping"), new SecureRandom())) {
      long before = store.get(RING).revision();
      var stranger = new Ledger(store, other, clock);
      assertThrows(KeyFailure.class, stranger::snapshot);
      assertThrows(KeyFailure.class, () -> stranger.becomeLeader("stranger:1"));
      assertEquals(before + 1, store.get(RING).revision(), "only the leader's row was written");
    }
  }
}
