package dev.holdfast.store.ledger;

import static dev.holdfast.store.ledger.Site.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.SignalName;
import dev.holdfast.pam.profile.Fingerprint.Component;
import dev.holdfast.pam.signal.Drift;
import dev.holdfast.pam.signal.DriftDetail;
import dev.holdfast.pam.signal.Finding;
import dev.holdfast.pam.signal.Outlook;
import dev.holdfast.pam.signal.Remedy;
import dev.holdfast.pam.signal.Signal;
import dev.holdfast.pam.signal.SignalRules.Outcome;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.ManualClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignalsTest {
  private static final ReservationName RESERVATION = new ReservationName(Site.TENANT, "r1");

  @TempDir Path folder;
  private KeyValueStore store;
  private Ledger ledger;

  @BeforeEach
  void openLedger() {
    open();
  }

  private void open() {
    store = EmbeddedStore.open(folder.resolve("ledger.db"), new ManualClock(START));
    ledger = new Ledger(store, Site.KEYS, new ManualClock(START));
    ledger.becomeLeader("x:1");
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private static Signal signal(String id, Instant raisedAt, Remedy remedy, Outcome outcome) {
    return new Signal(
        new SignalName(Site.TENANT, id),
        RESERVATION,
        new TrustZoneName("edge"),
        "tenants/acme/resourceProfiles/p1",
        RESERVATION + "/grants/g1",
        raisedAt,
        raisedAt.minusSeconds(1),
        Finding.Kind.SPIKE,
        Optional.of(Resource.CPU_MILLICORES),
        990,
        OptionalLong.of(400),
        3.5,
        1.5,
        "CPU_MILLICORES went to 990.",
        remedy,
        outcome,
        Optional.of(ResourceVector.of(Resource.CPU_MILLICORES, 1000)),
        Optional.of(
            new DriftDetail(
                new Drift(2, 3.5, Map.of(Component.CPU_BURST, 0.6, Component.GPU_PER_CPU, -0.8)),
                new Outlook(Map.of(Resource.MEMORY_BYTES, 1.25), 7))));
  }

  @Test
  void aSignalIsKeptAsItIsOverARestart() {
    Signal full = signal("s-1", START, Remedy.THROTTLE, Outcome.INTENDED);
    assertTrue(ledger.signals().raise(full));
    store.close();
    open();
    assertEquals(full, ledger.signals().get(full.name()).orElseThrow().value());
  }

  @Test
  void whatIsRaisedTwiceIsRaisedOnce() {
    Signal first = signal("s-1", START, Remedy.ALERT, Outcome.DONE);
    assertTrue(ledger.signals().raise(first));
    assertFalse(
        ledger.signals().raise(signal("s-1", START.plusSeconds(9), Remedy.ISOLATE, Outcome.DONE)));
    assertEquals(first, ledger.signals().get(first.name()).orElseThrow().value());
  }

  @Test
  void whatBecomesOfARemedyIsNotedAndWatched() {
    Signal raised = signal("s-1", START, Remedy.THROTTLE, Outcome.INTENDED);
    ledger.signals().raise(raised);
    assertEquals(Set.of(RESERVATION), ledger.signals().throttled());
    try (RowWatch<Signal> watch = ledger.signals().watch(ledger.snapshot().revision() + 1)) {
      ledger.signals().update(raised.name(), signal -> signal.after(Outcome.UNDONE, "Back."));
      RowWatch.Heard<Signal> heard = new RowWatch.Idle<>();
      while (!(heard instanceof RowWatch.Changed<Signal>)) {
        heard = watch.next(Duration.ofSeconds(10));
      }
      assertEquals(Outcome.UNDONE, ledger.signals().all().getFirst().value().outcome());
    }
    assertEquals(Set.of(), ledger.signals().throttled());
    assertEquals(
        Optional.empty(),
        ledger.signals().update(new SignalName(Site.TENANT, "s-2"), signal -> signal));
  }

  @Test
  void theOldestAreForgotten() {
    Instant old = START.minus(Signals.KEPT).minusMillis(1);
    ledger.signals().raise(signal("s-old", old, Remedy.ALERT, Outcome.DONE));
    ledger.signals().raise(signal("s-young", old.plusMillis(2), Remedy.ALERT, Outcome.DONE));
    assertEquals(1, ledger.signals().forgetOld());
    assertEquals(
        List.of("s-young"),
        ledger.signals().all().stream().map(row -> row.value().name().signal()).toList());
    for (int i = 0; i < Signals.COUNT_MAX; i++) {
      ledger.signals().raise(signal("s-" + i, START, Remedy.ALERT, Outcome.DONE));
    }
    assertEquals(1, ledger.signals().forgetOld());
    assertEquals(Signals.COUNT_MAX, ledger.signals().all().size());
    assertFalse(ledger.signals().get(new SignalName(Site.TENANT, "s-young")).isPresent());
  }
}
