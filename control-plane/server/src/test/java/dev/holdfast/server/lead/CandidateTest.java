package dev.holdfast.server.lead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.server.journal.Journal;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Lease;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.seal.FileKeyProvider;
import dev.holdfast.store.seal.KeyProvider;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replica that takes the lead. */
final class CandidateTest {
  private static final Duration LEASE = Lease.TIME_TO_LIVE_MIN;

  @TempDir private Path folder = Path.of("");

  private static Candidate candidate(Ledger ledger, Runnable gained) {
    return new Candidate(
        ledger, () -> "here:1", Optional.of(LEASE), new Journal(), gained, () -> {});
  }

  /** So much time goes by. */
  private static void pass(Duration time) {
    try {
      assertTrue(!new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theLeadIsKeptWhileItIsBegun() throws Exception {
    try (KeyValueStore store =
            EmbeddedStore.open(folder.resolve("ledger.db"), InstantSource.system());
        KeyProvider keys = FileKeyProvider.open(folder.resolve("keys"), new SecureRandom())) {
      Ledger ledger = new Ledger(store, keys, InstantSource.system());
      candidate(ledger, () -> pass(LEASE.multipliedBy(3).dividedBy(2))).pass();
      assertEquals(OptionalLong.of(1), ledger.term());
      assertTrue(ledger.keepLead());
    }
  }

  @Test
  void whatFailsAtTheBeginningIsToldOf() throws Exception {
    try (KeyValueStore store =
            EmbeddedStore.open(folder.resolve("ledger.db"), InstantSource.system());
        KeyProvider keys = FileKeyProvider.open(folder.resolve("keys"), new SecureRandom())) {
      Ledger ledger = new Ledger(store, keys, InstantSource.system());
      Candidate candidate =
          candidate(
              ledger,
              () -> {
                throw new IllegalArgumentException("a bug");
              });
      IllegalStateException told = assertThrows(IllegalStateException.class, candidate::pass);
      assertInstanceOf(IllegalArgumentException.class, told.getCause());
    }
  }
}
