package dev.holdfast.tests.fault.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.tests.fault.history.Call;
import dev.holdfast.tests.fault.history.Finding.Rule;
import dev.holdfast.tests.fault.history.Report;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Faults are found: a store breaks one promise beneath a real ledger, and the judge sees it. */
final class CanaryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CLIENTS = 6;
  private static final int ANSWERS = 600;
  private static final int CHANCES = 3;

  @TempDir Path folder;

  private Report run(FaultyStore.Fault fault, long seed) throws Exception {
    try (KeyValueStore sound =
        EmbeddedStore.open(folder.resolve("ledger-" + seed), InstantSource.system())) {
      InstantSource clock = InstantSource.fixed(Plot.START);
      var first = new Teller("first", sound, clock);
      first.answer(new Call.Lead());
      Plot.layOut(first.ledger());
      first.ledger().resignLead();
      List<Teller> tellers =
          Stream.of("one", "other")
              .map(name -> new Teller(name, new FaultyStore(sound, fault), clock))
              .toList();
      try (var clients = new Clients(tellers, seed)) {
        handOver(clients);
        return Report.of(Census.end(clients, sound, clock));
      }
    }
  }

  private static void handOver(Clients clients) throws Exception {
    try (var candidates = new Candidates(clients)) {
      candidates.leader();
      clients.start(CLIENTS);
      clients.awaitAnswers(ANSWERS, PATIENCE);
      if (candidates.handOver()) {
        // Few clients ask the one that they do not prefer: enough calls that it errs, too.
        clients.awaitAnswers(10 * ANSWERS, PATIENCE);
      }
      clients.stop();
    }
  }

  /**
   * Either the judge finds it, or the ledger itself will not be read: by who is to lead next, or by
   * who counts in the end. A fault that chance left without effect gets another chance.
   */
  private void found(Supplier<FaultyStore.Fault> fault, Rule... rules) throws Exception {
    var unseen = new ArrayList<String>();
    for (long seed = 5; seed < 5 + CHANCES; seed++) {
      try {
        Report report = run(fault.get(), seed);
        if (Stream.of(rules).anyMatch(report::broken)) {
          return;
        }
        unseen.add("seed %d: %s".formatted(seed, report.words()));
      } catch (Refusal refusal) {
        assertEquals("LEDGER_INTEGRITY", refusal.problem().reason(), refusal.toString());
        return;
      }
    }
    fail(String.join("\n", unseen));
  }

  @Test
  void aSoundStoreBreaksNothing() throws Exception {
    Report report = run((sound, transaction) -> sound.commit(transaction), 5);
    assertEquals(List.of(), report.findings(), report.words());
  }

  @Test
  void anOverCommitIsFound() throws Exception {
    found(
        Faults::comparingNothing,
        Rule.WITHIN_CAPACITY,
        Rule.SUMS_EQUAL_HOLDINGS,
        Rule.LINEARIZABLE);
  }

  @Test
  void aDoubleFreeIsFound() throws Exception {
    found(Faults::lagging, Rule.REFUSALS_HAVE_A_CAUSE, Rule.SUMS_EQUAL_HOLDINGS, Rule.LINEARIZABLE);
  }

  @Test
  void aLostAcknowledgementIsFound() throws Exception {
    found(Faults::acknowledgingOnly, Rule.REFUSALS_HAVE_A_CAUSE, Rule.NOTHING_ACKNOWLEDGED_IS_LOST);
  }

  @Test
  void aHoldThatComesBackIsFound() throws Exception {
    found(Faults::replaying, Rule.REFUSALS_HAVE_A_CAUSE, Rule.LINEARIZABLE);
  }

  @Test
  void aLeadThatComesBackIsFound() throws Exception {
    found(Faults::comparingNothing, Rule.THE_END_IS_THE_END, Rule.LINEARIZABLE);
  }
}
