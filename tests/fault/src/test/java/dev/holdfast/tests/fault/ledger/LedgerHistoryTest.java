package dev.holdfast.tests.fault.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.tests.fault.history.Report;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A long history of a real ledger, with nothing wrong beneath it. */
final class LedgerHistoryTest {
  /** How many calls the clients make; a million on demand. */
  private static final int OPERATIONS = Integer.getInteger("holdfast.history.operations", 100_000);

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
}
