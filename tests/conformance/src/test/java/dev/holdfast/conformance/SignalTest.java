package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Duration;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.SignalName;
import dev.holdfast.pam.profile.Fingerprint.Component;
import dev.holdfast.pam.signal.Drift;
import dev.holdfast.pam.signal.DriftDetail;
import dev.holdfast.pam.signal.Finding;
import dev.holdfast.pam.signal.Outlook;
import dev.holdfast.pam.signal.Remedy;
import dev.holdfast.pam.signal.SignalRules;
import dev.holdfast.pam.signal.SignalRules.Outcome;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc.ForecastServiceBlockingStub;
import dev.holdfast.proto.forecast.v1.ListSignalsRequest;
import dev.holdfast.proto.forecast.v1.RemedyAction;
import dev.holdfast.proto.forecast.v1.RemedyState;
import dev.holdfast.proto.forecast.v1.Signal;
import dev.holdfast.proto.forecast.v1.SignalKind;
import dev.holdfast.proto.forecast.v1.UndoSignalRemedyRequest;
import dev.holdfast.proto.forecast.v1.WatchSignalsRequest;
import dev.holdfast.proto.node.v1.GrantRequest;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.node.v1.UsageReport;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.proto.usage.v1.UsageSample;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.journal.Event;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Usage that was not to be expected, and what policies do about it. */
final class SignalTest {
  private static final int ORDINARY = 240;
  private static final long SPIKE_MILLICORES = 990;

  @TempDir Path directory;

  private Site site(SignalRules rules) throws IOException {
    return Site.healthy(
        directory,
        SiteOptions.USUAL.ruling(
            zone ->
                new ZoneRules(
                    zone.name(),
                    zone.trust(),
                    zone.present(),
                    zone.outgoing(),
                    zone.allocation(),
                    zone.control(),
                    rules)));
  }

  private static SignalRules onSpikes(Remedy remedy, boolean dryRun) {
    return new SignalRules(Map.of(Finding.Kind.SPIKE, remedy), dryRun, 10, 0.5);
  }

  /** Ordinary usage by the agent of a reservation, and then a spike within what it was granted. */
  private static void spike(Site site, Reservation held) {
    PaperSession agent = site.session(Site.FIRST_ENCLAVE);
    agent.say(
        SessionRequest.newBuilder()
            .setGrantRequest(
                GrantRequest.newBuilder()
                    .setRequestId(UUID.randomUUID().toString())
                    .setAcquire(ResourceRequest.newBuilder().setReservation(held.getName()))));
    String grant = agent.grant().getGrant().getName();
    UsageReport.Builder report = UsageReport.newBuilder().setSequence(1);
    Random random = new Random(1);
    Instant end = site.clock().instant();
    for (int i = 1; i <= ORDINARY; i++) {
      report.addSamples(sample(grant, i, end.plusSeconds(i), 400 + random.nextInt(20)));
    }
    report.addSamples(sample(grant, ORDINARY + 1, end.plusSeconds(ORDINARY + 1), SPIKE_MILLICORES));
    assertFalse(agent.report(report).hasError());
  }

  private static UsageSample sample(String grant, long sequence, Instant end, long millicores) {
    return UsageSample.newBuilder()
        .setSubject(grant)
        .setSequence(sequence)
        .setEndTime(PaperNode.time(end))
        .setPeriod(Duration.newBuilder().setSeconds(1))
        .setUsage(ResourceVector.newBuilder().setCpuMillicores(millicores))
        .build();
  }

  private static ForecastServiceBlockingStub signals(Client client) {
    return ForecastServiceGrpc.newBlockingStub(client.channel())
        .withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  /** The signal of the spike, once its remedy has come to something. */
  private static Signal ofSpike(Site site, Outcome outcome) {
    site.events()
        .await(
            0,
            Event.Signalled.class,
            event -> event.kind() == Finding.Kind.SPIKE && event.outcome() == outcome);
    return signals(site.firstTenant())
        .listSignals(ListSignalsRequest.newBuilder().setParent(Site.FIRST_TENANT).build())
        .getSignalsList()
        .stream()
        .filter(signal -> signal.getKind() == SignalKind.SIGNAL_KIND_SPIKE)
        .findFirst()
        .orElseThrow();
  }

  private static Signal undo(Site site, Signal signal) {
    return signals(site.operator())
        .undoSignalRemedy(UndoSignalRemedyRequest.newBuilder().setName(signal.getName()).build());
  }

  @Test
  void aSpikeIsToldOfWithItsEvidenceToItsTenantAndToNobodyElse() throws IOException {
    try (Site site = site(SignalRules.DEFAULT)) {
      Reservation held = site.reserveUntilActive(site.wish());
      spike(site, held);
      Signal signal = ofSpike(site, Outcome.DONE);
      assertEquals(Resource.RESOURCE_CPU_MILLICORES, signal.getResource());
      assertEquals(SPIKE_MILLICORES, signal.getObserved());
      assertTrue(signal.getExpectedP50() > 300 && signal.getExpectedP50() <= 420, signal + "");
      assertTrue(signal.getScore() >= signal.getThreshold());
      assertTrue(
          signal.getMessage().startsWith("CPU_MILLICORES went to 990, where 4"), signal + "");
      assertEquals(RemedyAction.REMEDY_ACTION_ALERT, signal.getRemedyAction());
      assertEquals(Reservation.State.STATE_ACTIVE, site.get(held.getName()).getState());
      assertEquals(
          0,
          signals(site.secondTenant())
              .listSignals(ListSignalsRequest.newBuilder().setParent(Site.SECOND_TENANT).build())
              .getSignalsCount());
      Refused.by(
              () ->
                  signals(site.secondTenant())
                      .listSignals(
                          ListSignalsRequest.newBuilder().setParent(Site.FIRST_TENANT).build()))
          .with(Code.NOT_FOUND, "NOT_FOUND");
      var watched =
          signals(site.operator())
              .watchSignals(WatchSignalsRequest.newBuilder().setParent("tenants/-").build());
      boolean told = false;
      while (!told) {
        told = watched.next().getSignal().equals(signal);
      }
      Refused.by(() -> undo(site, signal)).with(Code.FAILED_PRECONDITION, "ILLEGAL_STATE");
      site.requireHealthy();
    }
  }

  @Test
  void anIsolatedReservationStaysSoUntilThatIsUndone() throws IOException {
    try (Site site = site(onSpikes(Remedy.ISOLATE, false))) {
      Reservation held = site.reserveUntilActive(site.wish());
      spike(site, held);
      Signal signal = ofSpike(site, Outcome.DONE);
      assertEquals(RemedyState.REMEDY_STATE_DONE, signal.getRemedyState());
      Reservation isolated = site.get(held.getName());
      assertEquals(Reservation.State.STATE_SUSPENDED, isolated.getState());
      assertEquals("ISOLATED", isolated.getCause().getReason());
      site.attest(Site.FIRST_PATHWAY);
      site.attest(Site.SECOND_PATHWAY);
      assertEquals(Reservation.State.STATE_SUSPENDED, site.get(held.getName()).getState());

      Refused.by(
              () ->
                  signals(site.firstTenant())
                      .undoSignalRemedy(
                          UndoSignalRemedyRequest.newBuilder().setName(signal.getName()).build()))
          .with(Code.PERMISSION_DENIED, "ROLE");
      int before = site.events().count();
      assertEquals(RemedyState.REMEDY_STATE_UNDONE, undo(site, signal).getRemedyState());
      site.events()
          .await(
              before,
              Event.Activated.class,
              event -> event.reservation().toString().equals(held.getName()));
      Refused.by(() -> undo(site, signal)).with(Code.FAILED_PRECONDITION, "ILLEGAL_STATE");
      site.requireHealthy();
    }
  }

  @Test
  void aThrottledReservationHoldsLessUntilThatIsUndone() throws IOException {
    try (Site site = site(onSpikes(Remedy.THROTTLE, false))) {
      Reservation held = site.reserveUntilActive(site.wish());
      spike(site, held);
      Signal signal = ofSpike(site, Outcome.DONE);
      assertEquals(500, site.get(held.getName()).getHold().getAmount().getCpuMillicores());
      assertEquals(
          held.getHold().getAmount().getMemoryBytes(),
          site.get(held.getName()).getHold().getAmount().getMemoryBytes());
      Terminal terminal = new Terminal(site, directory);
      Terminal.Ended listed = terminal.holdfast("signals", "list", "--tenant", "t1");
      assertTrue(listed.out().contains("SPIKE"), listed.out() + listed.err());
      assertTrue(listed.out().contains("THROTTLE  DONE"), listed.out());
      Terminal.Ended shown = terminal.holdfast("get", signal.getName());
      assertTrue(shown.out().contains("went to 990"), shown.out() + shown.err());
      Terminal.Ended undone = terminal.holdfast("signals", "undo", signal.getName());
      assertEquals(0, undone.code(), undone.err());
      assertTrue(undone.out().contains("THROTTLE UNDONE"), undone.out());
      Terminal.Ended watched = terminal.holdfast("signals", "watch", "--for", "1s");
      assertTrue(watched.out().contains("THROTTLE UNDONE"), watched.out() + watched.err());
      assertEquals(1000, site.get(held.getName()).getHold().getAmount().getCpuMillicores());
      site.requireHealthy();
    }
  }

  @Test
  void aTerminatedReservationIsOverAndADryRunOnlySaysSo() throws IOException {
    try (Site site = site(onSpikes(Remedy.TERMINATE, true))) {
      Reservation held = site.reserveUntilActive(site.wish());
      spike(site, held);
      Signal signal = ofSpike(site, Outcome.DRY_RUN);
      assertEquals(RemedyAction.REMEDY_ACTION_TERMINATE, signal.getRemedyAction());
      assertEquals(Reservation.State.STATE_ACTIVE, site.get(held.getName()).getState());
      site.requireHealthy();
    }
  }

  /** One of a reservation, as a watch over its usage would raise it. */
  private static dev.holdfast.pam.signal.Signal raised(
      Site site,
      Reservation held,
      Finding.Kind kind,
      Remedy remedy,
      Outcome outcome,
      Optional<DriftDetail> drift) {
    ReservationName name = ReservationName.parse(held.getName());
    Instant now = site.clock().instant();
    return new dev.holdfast.pam.signal.Signal(
        new SignalName(name.tenant(), "s-1"),
        name,
        TrustZoneName.parse(Site.ZONE),
        Site.FIRST_TENANT + "/resourceProfiles/p1",
        name + "/grants/g1",
        now,
        now,
        kind,
        Optional.empty(),
        0,
        OptionalLong.empty(),
        2,
        1.5,
        "usage moved.",
        remedy,
        outcome,
        Optional.empty(),
        drift);
  }

  @Test
  void whatWasIntendedWhenALeaderWasLostIsCarriedOutByTheNext() throws IOException {
    try (Site site = site(onSpikes(Remedy.ISOLATE, false))) {
      Reservation held = site.reserveUntilActive(site.wish());
      var intended =
          raised(
              site, held, Finding.Kind.SPIKE, Remedy.ISOLATE, Outcome.INTENDED, Optional.empty());
      int before = site.events().count();
      site.restart(ledger -> ledger.signals().raise(intended));
      site.events().await(before, Event.Signalled.class, event -> event.outcome() == Outcome.DONE);
      assertEquals(Reservation.State.STATE_SUSPENDED, site.get(held.getName()).getState());
    }
  }

  @Test
  void aDriftCarriesItsDirectionAndWhatItIsExpectedToLeadTo() throws IOException {
    try (Site site = site(onSpikes(Remedy.ALERT, false))) {
      Reservation held = site.reserveUntilActive(site.wish());
      var drift =
          raised(
              site,
              held,
              Finding.Kind.DRIFT,
              Remedy.ALERT,
              Outcome.DONE,
              Optional.of(
                  new DriftDetail(
                      new Drift(2, 3, Map.of(Component.GPU_PER_CPU, 1.0)),
                      new Outlook(Map.of(dev.holdfast.pam.model.Resource.MEMORY_BYTES, 1.5), 7))));
      site.restart(ledger -> ledger.signals().raise(drift));
      Terminal terminal = new Terminal(site, directory);
      String shown = terminal.holdfast("get", drift.name().toString(), "-o", "json").out();
      for (String part :
          List.of(
              "\"GPU_PER_CPU\": 1.0",
              "\"similarDriftCount\": 7",
              "\"RESOURCE_MEMORY_BYTES\"",
              "\"factor\": 1.5")) {
        assertTrue(shown.contains(part), part + " in " + shown);
      }
    }
  }

  @Test
  void signalsOutliveTheServer() throws IOException {
    try (Site site = site(onSpikes(Remedy.TERMINATE, false))) {
      Reservation held = site.reserveUntilActive(site.wish());
      spike(site, held);
      Signal signal = ofSpike(site, Outcome.DONE);
      site.restart();
      List<Signal> after =
          signals(site.operator())
              .listSignals(ListSignalsRequest.newBuilder().setParent("tenants/-").build())
              .getSignalsList();
      assertTrue(after.contains(signal), after + "");
      Reservation over = site.get(held.getName());
      assertTrue(
          over.getState() == Reservation.State.STATE_RELEASING
              || over.getState() == Reservation.State.STATE_RELEASED,
          over + "");
    }
  }
}
