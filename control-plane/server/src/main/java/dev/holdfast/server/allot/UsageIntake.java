package dev.holdfast.server.allot;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Role;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Doubt;
import dev.holdfast.pam.profile.Profile;
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
import dev.holdfast.server.wire.UsageWire;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.PathwayRecord;
import dev.holdfast.store.series.Grain;
import dev.holdfast.store.series.ProfiledSample;
import dev.holdfast.store.series.SeriesProfile;
import dev.holdfast.store.series.UsageSeries;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Takes usage from nodes: checks whose it is and whether it can be true, stores it, teaches it, and
 * acknowledges it. A report that came before is acknowledged again and teaches nothing; a sample
 * that is refused, or in quarantine, is acknowledged with the reason, so that it is not sent for
 * ever.
 */
public final class UsageIntake {
  private static final int SAMPLES_MAX = 500;
  private static final int PROFILES_PAGE = 1000;

  /** What samples are learnt from after they are forgotten: finer buckets are forgotten sooner. */
  private static final List<Grain> FOLDED = List.of(Grain.MINUTE, Grain.FIVE_MINUTES, Grain.HOUR);

  /** How far a sample's time may lie behind: what a spool can explain. */
  private static final Duration SPOOL_MAX = Duration.ofHours(24);

  private static final Duration AHEAD_MAX = Duration.ofMinutes(5);

  private final Ledger ledger;
  private final UsageSeries series;
  private final Learning learning;
  private final UsageListener listener;
  private final Journal journal;
  private final InstantSource clock;
  private final Quarantine quarantine;

  /** An intake into these. */
  public UsageIntake(
      Ledger ledger,
      UsageSeries series,
      Learning learning,
      UsageListener listener,
      Journal journal,
      InstantSource clock) {
    this.ledger = ledger;
    this.series = series;
    this.learning = learning;
    this.listener = listener;
    this.journal = journal;
    this.clock = clock;
    this.quarantine = new Quarantine(ledger);
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
      List<Metered> metered = new ArrayList<>();
      for (var sample : report.getSamplesList()) {
        try {
          metered.add(believed(session, metered(session, sample)));
        } catch (Refusal refused) {
          ack.setError(Problems.status(refused.problem()));
        }
      }
      keep(metered);
      stored = ledger.acknowledgeUsage(session.node(), report.getSequence());
    }
    return ack.setAcknowledgedSequence(stored).build();
  }

  /** A sample, and whose it is. */
  private record Metered(Reservation reservation, ProfiledSample sample) {
    /** By an agent: what infrastructure metered of the same work would count twice. */
    boolean byAgent() {
      return sample.sample().subject().startsWith(reservation.name() + "/grants/");
    }
  }

  private Metered metered(NodeSession session, dev.holdfast.proto.usage.v1.UsageSample message) {
    UsageSample sample = read(message);
    Reservation reservation = reservationOf(session, sample.subject());
    ProfileKey key = ProfileKey.of(reservation.name().tenant(), reservation.workload());
    return new Metered(reservation, new ProfiledSample(ProfileName.inSeries(key), sample));
  }

  /** Stores all; what is new and an agent's is learnt from, the rest kept to check its word by. */
  private void keep(List<Metered> metered) {
    Set<ProfiledSample> news = Collections.newSetFromMap(new IdentityHashMap<>());
    news.addAll(series.append(metered.stream().map(Metered::sample).toList()));
    for (Metered one : metered) {
      if (news.contains(one.sample()) && one.byAgent()) {
        UsageSample sample = one.sample().sample();
        learn(one.reservation(), one.sample());
        listener.observe(one.reservation(), sample);
        one.reservation()
            .hold()
            .ifPresent(
                hold ->
                    journal.record(
                        new Event.Measured(
                            one.reservation().name(), sample.usage(), hold.amount())));
      }
    }
  }

  /**
   * A sample as it was, if it may be: what a machine meters is what agents are judged by, and what
   * an agent says must be possible.
   *
   * @throws Refusal with REPORT_ANOMALY if it is in quarantine now
   */
  private Metered believed(NodeSession session, Metered one) {
    UsageSample sample = one.sample().sample();
    if (!one.byAgent()) {
      if (session.role() != Role.ENCLAVE) {
        quarantine.witness(one.reservation().name(), sample);
      }
      return one;
    }
    ProfileKey key = one.sample().profile().key();
    Optional<Doubt> doubt =
        quarantine.doubt(
            one.reservation(), sample, learning.profile(key.levels().getLast()), clock.instant());
    if (doubt.isPresent()) {
      learning.quarantined(key);
      journal.record(new Event.Quarantined(one.reservation().name(), doubt.get()));
      throw new Refusal(new AccessProblem.ReportAnomaly(sample.subject(), doubt.get().words()));
    }
    return one;
  }

  private void learn(Reservation reservation, ProfiledSample sample) {
    learning.fold(
        new Learning.Lesson(
            sample.profile().key(),
            Optional.of(reservation.workload().workloadType()),
            sample.sample(),
            quarantine.capped(reservation, sample.sample())));
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
    return UsageWire.read(
        Read.required("usage.subject", message.getSubject()),
        message.getSequence(),
        ended,
        message);
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

  /** Learns again what the series holds, at the start: of live runs, and of what was imported. */
  public void replay() {
    Map<ProfileKey, List<Reservation>> reservations = new HashMap<>();
    for (Reservation reservation : ledger.snapshot().reservations().values()) {
      reservations
          .computeIfAbsent(
              ProfileKey.of(reservation.name().tenant(), reservation.workload()),
              _ -> new ArrayList<>())
          .add(reservation);
    }
    // By name: a file of the first schema does not say what its profiles are of.
    reservations.forEach((key, held) -> replay(ProfileName.inSeries(key), held));
    String after = "";
    List<SeriesProfile> page = series.profiles(after, PROFILES_PAGE);
    while (!page.isEmpty()) {
      for (SeriesProfile profile : page) {
        if (!reservations.containsKey(profile.key())) {
          replay(profile, List.of());
        }
      }
      after = page.getLast().name();
      page = series.profiles(after, PROFILES_PAGE);
    }
  }

  private void replay(SeriesProfile profile, List<Reservation> reservations) {
    List<UsageSample> samples = remembered(profile.name());
    Optional<Reservation> newest =
        reservations.stream().max(Comparator.comparing(Reservation::createdAt));
    Optional<String> type = newest.map(reservation -> reservation.workload().workloadType());
    for (UsageSample sample : samples) {
      if (sample.subject().contains("/grants/") || UsageHistory.imported(sample)) {
        learning.fold(new Learning.Lesson(profile.key(), type, sample, Set.of()));
        listener.learn(profile.key(), newest, sample);
      }
    }
    for (Reservation reservation : reservations) {
      List<UsageSample> own =
          samples.stream()
              .filter(sample -> sample.subject().startsWith(reservation.name() + "/"))
              .toList();
      if (!own.isEmpty()) {
        learning.started(
            profile.key(),
            new Run(
                reservation.name(),
                reservation.trustZone(),
                reservation.workload(),
                own.getFirst().startedAt(),
                reservation.ended() ? Optional.of(own.getLast().endedAt()) : Optional.empty()));
      }
    }
  }

  /** The newest samples and, where older ones are forgotten, the buckets that hold them. */
  private List<UsageSample> remembered(String profile) {
    Deque<UsageSample> remembered = new ArrayDeque<>(series.latest(profile, Profile.RECENT_MAX));
    for (Grain grain : FOLDED) {
      int room = Profile.RECENT_MAX - remembered.size();
      if (room > 0) {
        Instant until = remembered.isEmpty() ? clock.instant() : remembered.getFirst().startedAt();
        series.latest(profile, grain, until, room).reversed().forEach(remembered::addFirst);
      }
    }
    return List.copyOf(remembered);
  }
}
