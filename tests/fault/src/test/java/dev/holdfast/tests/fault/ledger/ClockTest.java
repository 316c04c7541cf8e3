package dev.holdfast.tests.fault.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.peers.Etcd;
import dev.holdfast.peers.EtcdCluster;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.tests.fault.history.Amount;
import dev.holdfast.tests.fault.history.Call;
import dev.holdfast.tests.fault.history.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clock of the process that leads jumps. */
final class ClockTest {
  /** Within the day for which a request id is remembered. */
  private static final List<Duration> STEPS =
      List.of(
          Duration.ofHours(1),
          Duration.ofHours(-2),
          Duration.ofHours(12),
          Duration.ofMillis(-1),
          Duration.ofHours(-8));

  @TempDir Path folder;

  @Test
  void aGrantThatHasExpiredDoesNotComeBackWithTheClock() throws Exception {
    var now = new AtomicReference<Instant>(Plot.START.plus(Duration.ofDays(1)));
    try (KeyValueStore store =
        EmbeddedStore.open(folder.resolve("ledger.db"), InstantSource.system())) {
      var teller = new Teller("one", store, now::get);
      teller.ledger().becomeLeader("one");
      Plot.layOut(teller.ledger());
      teller.answer(new Call.Reserve(0, "r0-0", Plot.pathway(0), new Amount(100, 100)));
      assertEquals(new Outcome.Granted(), teller.answer(new Call.Grant(0, false)));
      assertEquals(new Outcome.Granted(), teller.answer(new Call.Grant(0, true)));
      now.updateAndGet(before -> before.plus(Duration.ofHours(1)));
      var expired = new Outcome.Refused("LEASE_EXPIRED");
      assertEquals(expired, teller.answer(new Call.Grant(0, true)));
      now.updateAndGet(before -> before.minus(Duration.ofHours(1)));
      assertEquals(expired, teller.answer(new Call.Grant(0, true)));
    }
  }

  @Test
  void theClockStepsForthAndBack() throws Exception {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    var now = new AtomicReference<Instant>(Plot.START.plus(Duration.ofDays(1)));
    InstantSource clock = now::get;
    try (EtcdCluster cluster =
        EtcdCluster.start(folder.resolve("etcd"), EtcdCluster.Options.DEFAULT)) {
      FaultRun.through(
          "the clock steps",
          cluster,
          clock,
          (_, clients, _) -> {
            for (Duration step : STEPS) {
              now.updateAndGet(before -> before.plus(step));
              clients.awaitAnswers(FaultRun.ANSWERS / STEPS.size(), FaultRun.PATIENCE);
            }
          });
    }
  }
}
