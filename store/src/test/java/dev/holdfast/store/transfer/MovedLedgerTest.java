package dev.holdfast.store.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Role;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.ManualClock;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.NodeRecord;
import dev.holdfast.store.seal.FileKeyProvider;
import dev.holdfast.store.seal.KeyProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sealed ledger that moves to another store. */
final class MovedLedgerTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path folder;
  private final ManualClock clock = new ManualClock(NOW);

  private KeyValueStore store(String name) {
    return EmbeddedStore.open(folder.resolve(name), clock);
  }

  @Test
  void itIsTheSameLedgerThereAndItsNextTermIsPastAnyThatWasTold() throws IOException {
    Path file = folder.resolve("ledger.export");
    try (KeyProvider keys =
            FileKeyProvider.open(folder.resolve("keys/wrapping"), new SecureRandom());
        KeyValueStore from = store("from.db");
        KeyValueStore to = store("to.db")) {
      var ledger = new Ledger(from, keys, clock);
      ledger.becomeLeader("from:1");
      ledger
          .nodes()
          .create(
              NodeRecord.created(
                  new NodeName("edge", "h1"), Role.HYPERVISOR, Optional.empty(), Optional.empty()));
      LedgerSnapshot before = ledger.snapshot();
      StoreExport.write(from, "embedded", NOW, file);
      // Terms that the file does not know of.
      ledger.becomeLeader("from:2");
      long told = ledger.becomeLeader("from:3");

      StoreImport.read(file, to, StoreImport.Existing.REFUSE, NOW, new SecureRandom());
      var moved = new Ledger(to, keys, clock);
      assertTrue(moved.verify().sound());
      assertEquals(before.nodes(), moved.snapshot().nodes());
      // Nobody leads it: a lease is free to be had.
      long term = moved.standForLead("to:1", Duration.ofSeconds(10)).orElseThrow();
      assertTrue(term > told, "term " + term + " is past " + told);
      moved.resignLead();
      assertEquals(term + 1, moved.standForLead("to:2", Duration.ofSeconds(10)).orElseThrow());
      assertEquals(before.nodes(), moved.snapshot().nodes());
    }
  }
}
