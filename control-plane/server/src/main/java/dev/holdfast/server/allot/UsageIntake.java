package dev.holdfast.server.allot;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.Run;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.proto.node.v1.UsageAck;
import dev.holdfast.proto.node.v1.UsageReport;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.server.rpc.Problems;
import dev.holdfast.server.session.NodeSession;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.PathwayRecord;
import dev.holdfast.store.series.UsageSeries;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Takes usage from nodes: checks whose it is, stores it, teaches it, and acknowledges it. A report
 * that came before is acknowledged again and teaches nothing; a refused sample is acknowledged with
 * the reason, so that it is not sent for ever.
 */
public final class UsageIntake {
  private static final int SAMPLES_MAX = 500;

  /** How far a sample's time may lie behind: what a spool can explain. */
  private static final Duration SPOOL_MAX = Duration.ofHours(24);

  private static final Duration AHEAD_MAX = Duration.ofMinutes(5);

  private final Ledger ledger;
  private final UsageSeries series;
  private final Learning learning;
  private final Journal journal;
  private final InstantSource clock;

  /** An intake into these. */
  public UsageIntake(
      Ledger ledger, UsageSeries series, Learning learning, Journal journal, InstantSource clock) {
    this.ledger = ledger;
    this.series = series;
    this.learning = learning;
    this.journal = journal;
    this.clock = clock;
  }

  /** Every report of the node up to this one is stored. */
  public long acknowledged(NodeName node) {
    return ledger.usageAcknowledged(node);
  }

  /** Takes one report. */
  public UsageAck accept(NodeSession session, UsageReport report) {
    long stored = acknowledged(session.node());
    UsageAck.Builder ack = UsageAck.newBuilder();
    if (!session.trusted()) {
      // Nothing is used of what an untrusted node says, and nothing is lost: it is sent again.
      return ack.setAcknowledgedSequence(stored)
          .setError(
              Problems.status(
                  new Problem.IllegalState(
                      session.node().toString(), "UNTRUSTED", "Attest the node first.")))
          .build();
    }
    if (report.getSamplesCount() > SAMPLES_MAX) {
      throw new Refusal(
          new Problem.Amount(
              "usage.samples", "at most 500", Integer.toString(report.getSamplesCount())));
    }
    if (report.getSequence() > stored) {
      for (var sample : report.getSamplesList()) {
        try {
          take(session, sample);
        } catch (Refusal refused) {
          ack.setError(Problems.status(refused.problem()));
        }
      }
      stored = ledger.acknowledgeUsage(session.node(), report.getSequence());
    }
    return ack.setAcknowledgedSequence(stored).build();
  }

  private void take(NodeSession session, dev.holdfast.proto.usage.v1.UsageSample message) {
    UsageSample sample = read(message);
    Reservation reservation = reservationOf(session, sample.subject());
    ProfileKey key = ProfileKey.of(reservation.name().tenant(), reservation.workload());
    boolean news = series.append(ProfileName.of(key).toString(), List.of(sample)) > 0;
    // What infrastructure metered of the same work is kept to check the agent's word by; folded
    // too, it
    // would count twice.
    if (news && sample.subject().startsWith(reservation.name() + "/grants/")) {
      learning.fold(key, sample);
      reservation
          .hold()
          .ifPresent(
              hold ->
                  journal.record(
                      new Event.Measured(reservation.name(), sample.usage(), hold.amount())));
    }
  }

  private UsageSample read(dev.holdfast.proto.usage.v1.UsageSample message) {
    Instant ended = Read.time("usage.end_time", message.getEndTime());
    Instant now = clock.instant();
    if (ended.isBefore(now.minus(SPOOL_MAX)) || ended.isAfter(now.plus(AHEAD_MAX))) {
      throw new Refusal(
          new Problem.Window(
              "a sample ended at " + ended + ", and it is " + now,
              "Set the node's clock; what is older than a day is not taken."));
    }
    return new UsageSample(
        Read.required("usage.subject", message.getSubject()),
        message.getSequence(),
        ended,
        Read.span(
            "usage.period",
            true,
            message.getPeriod(),
            UsageSample.PERIOD_MIN,
            UsageSample.PERIOD_MIN,
            UsageSample.PERIOD_MAX),
        ResourceWire.read(message.getUsage()),
        message.hasCounters()
            ? Optional.of(
                new HardwareCounters(
                    message.getCounters().getInstructions(),
                    message.getCounters().getCycles(),
                    message.getCounters().getCacheMisses(),
                    message.getCounters().getBranchMisses()))
            : Optional.empty(),
        ResourceWire.inputs(message.getInputsMap()));
  }

  /** The reservation that a sample is about; it must be on a pathway of the node. */
  private Reservation reservationOf(NodeSession session, String subject) {
    int grants = subject.indexOf("/grants/");
    ReservationName name =
        ReservationName.parse(grants < 0 ? subject : subject.substring(0, grants));
    Reservation reservation =
        ledger
            .reservations()
            .get(name)
            .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())))
            .value();
    boolean ofTenant = session.tenant().map(name.tenant()::equals).orElse(true);
    boolean onPathway =
        reservation
            .hold()
            .flatMap(hold -> ledger.pathways().get(hold.pathway()))
            .map(record -> isOn(session.node(), record.value()))
            .orElse(session.tenant().isPresent());
    if (!ofTenant || !onPathway) {
      throw new Refusal(new AccessProblem.IdentityMismatch(session.node().toString()));
    }
    return reservation;
  }

  private static boolean isOn(NodeName node, PathwayRecord record) {
    return record.pathway().hops().stream().anyMatch(hop -> hop.node().equals(node));
  }

  /** Learns again what the series holds, at the start. */
  public void replay() {
    LedgerSnapshot seen = ledger.snapshot();
    for (Reservation reservation : seen.reservations().values()) {
      ProfileKey key = ProfileKey.of(reservation.name().tenant(), reservation.workload());
      List<UsageSample> samples =
          series
              .latest(ProfileName.of(key).toString(), dev.holdfast.pam.profile.Profile.RECENT_MAX)
              .stream()
              .filter(sample -> sample.subject().startsWith(reservation.name() + "/"))
              .toList();
      if (samples.isEmpty()) {
        continue;
      }
      samples.forEach(sample -> learning.fold(key, sample));
      learning.started(
          key,
          new Run(
              reservation.name(),
              reservation.trustZone(),
              reservation.workload(),
              samples.getFirst().startedAt(),
              reservation.ended() ? Optional.of(samples.getLast().endedAt()) : Optional.empty()));
    }
  }
}
