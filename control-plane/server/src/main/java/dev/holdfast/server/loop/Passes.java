package dev.holdfast.server.loop;

import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.control.Adjuster;
import dev.holdfast.pam.control.Adjustment;
import dev.holdfast.pam.control.ControlRules;
import dev.holdfast.pam.control.PidState;
import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.plan.Planner;
import dev.holdfast.pam.plan.Proposal;
import dev.holdfast.pam.profile.Arrivals;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Origin;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.server.allot.Admissions;
import dev.holdfast.server.allot.GrantDesk;
import dev.holdfast.server.allot.Provisioner;
import dev.holdfast.server.allot.Resizes;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.chain.Trust;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.NodeState;
import dev.holdfast.store.ledger.Reservations;
import dev.holdfast.store.ledger.Signals;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One pass of each loop: attest, expire, plan, control. */
public final class Passes {
  private static final Logger LOG = LoggerFactory.getLogger(Passes.class);

  /** Control looks back over so many of its periods: one alone would follow every wave. */
  private static final int USAGE_PERIODS = 3;

  private final ServerConfig config;
  private final Ledger ledger;
  private final Admissions admissions;
  private final Trust trust;
  private final Provisioner provisioner;
  private final Resizes resizes;
  private final GrantDesk grants;
  private final Learning learning;
  private final Journal journal;
  private final InstantSource clock;
  private final Map<ReservationName, Controlled> controlled = new HashMap<>();

  /** What is remembered of a reservation between two adjustments. */
  private record Controlled(Map<Resource, PidState> states, Instant at) {}

  /** The parts that the loops work with. */
  public record Parts(
      ServerConfig config,
      Ledger ledger,
      Admissions admissions,
      Trust trust,
      Provisioner provisioner,
      Resizes resizes,
      GrantDesk grants,
      Learning learning,
      Journal journal) {}

  /** Passes over these parts. */
  public Passes(Parts parts, InstantSource clock) {
    this.config = parts.config();
    this.ledger = parts.ledger();
    this.admissions = parts.admissions();
    this.trust = parts.trust();
    this.provisioner = parts.provisioner();
    this.resizes = parts.resizes();
    this.grants = parts.grants();
    this.learning = parts.learning();
    this.journal = parts.journal();
    this.clock = clock;
  }

  /** Attests every pathway anew, so that no chain that could be renewed ever expires. */
  public void attest() throws InterruptedException {
    for (var record : ledger.snapshot().pathways().values()) {
      Pathway pathway = record.pathway();
      if (config.zones().containsKey(pathway.name().zone())) {
        admissions.attest(pathway, Challenges.Occasion.EXPIRY);
      }
    }
  }

  /** Keeps the keys of the ledger fresh. */
  public void tendKeys() {
    while (ledger.tendKeys()) {
      // There may be more.
    }
  }

  /** Lets the store forget what rows were before the last pass. */
  public void forgetHistory() {
    ledger.forgetHistory();
  }

  /** Forgets reservations that nobody can ask for any more, and old signals. */
  public void forget() {
    while (ledger.signals().forgetOld() == Signals.SWEEP_MAX) {
      // There may be more.
    }
    while (ledger.reservations().forgetEnded() == Reservations.SWEEP_MAX) {
      // There may be more.
    }
  }

  /** Ends what is over, and suspends what rests on a chain whose time is up. */
  public void expire() {
    LedgerSnapshot seen = ledger.snapshot();
    Instant now = clock.instant();
    for (Reservation reservation : seen.reservations().values()) {
      boolean ending =
          reservation.ended() || reservation.state() instanceof ReservationState.Releasing;
      if (!ending && !reservation.interval().end().isAfter(now)) {
        ledger.reservations().expire(reservation.name());
        learning.ended(
            ProfileKey.of(reservation.name().tenant(), reservation.workload()),
            reservation.name(),
            now);
        provisioner.wake();
      }
    }
    seen.chains()
        .forEach(
            (pathway, chain) ->
                chain
                    .value()
                    .refusal(now)
                    .ifPresent(
                        problem ->
                            trust.suspendAll(
                                seen, pathway, Cause.of(problem, now), System.nanoTime())));
  }

  /**
   * Marks nodes whose newest appraisal has expired as untrusted: nobody vouches for them any more.
   */
  public void distrust() {
    Instant now = clock.instant();
    for (var node : ledger.snapshot().nodes().values()) {
      boolean vouched =
          ledger.nodes().appraisals(node.name()).stream()
              .findFirst()
              .filter(newest -> newest.expiresAt().isAfter(now))
              .isPresent();
      if (node.state() == NodeState.TRUSTED && !vouched) {
        ledger.nodes().distrust(node.name());
      }
    }
  }

  /** Follows the demand of workloads that go on. */
  public void follow() {
    learning.follow(clock.instant());
  }

  /** Makes the reservations that forecasts call for, before anyone asks. */
  public void plan() throws InterruptedException {
    Instant now = clock.instant();
    LedgerSnapshot seen = ledger.snapshot();
    for (ZoneRules rules : config.zones().values()) {
      List<Profile> profiles =
          learning.profiles().stream()
              .filter(profile -> learning.trained(profile.key()))
              .filter(profile -> ranLastIn(profile, rules.name()))
              .toList();
      Map<ProfileKey, Forecast> forecasts = new HashMap<>();
      for (Profile profile : profiles) {
        Duration length =
            Arrivals.usualLength(profile).orElse(rules.allocation().intervalDefault());
        forecasts.put(
            profile.key(),
            learning.next(
                profile.key().tenant(),
                profile.runs().getLast().workload(),
                Horizon.of(now.plusMillis(1), length),
                rules.allocation().defaultAmount(),
                now));
      }
      for (Proposal proposal :
          Planner.ahead(
              profiles, forecasts, seen.reservations().values(), rules.allocation(), now)) {
        reserve(proposal, now);
      }
    }
  }

  private static boolean ranLastIn(Profile profile, TrustZoneName zone) {
    return !profile.runs().isEmpty() && profile.runs().getLast().trustZone().equals(zone);
  }

  private void reserve(Proposal proposal, Instant now) throws InterruptedException {
    ReservationName name =
        new ReservationName(proposal.profile().tenant(), "f-" + UUID.randomUUID());
    ResourceVector amount = admissions.sized(proposal.trustZone(), proposal.amount());
    if (amount.isZero()) {
      return;
    }
    Interval interval =
        proposal.interval().start().isBefore(now)
            ? new Interval(now, proposal.interval().end())
            : proposal.interval();
    try {
      admissions.admit(
          new Admissions.Ask(
              name,
              proposal.workload(),
              proposal.trustZone(),
              amount,
              interval,
              0,
              Origin.FORECAST,
              Optional.of(proposal.forecast().model()),
              Optional.empty(),
              false),
          Admissions.unnumbered(name));
      provisioner.wake();
    } catch (Refusal refused) {
      // Nobody asked for it yet; when somebody does, they are told the reason.
      LOG.info("no reservation ahead for {}: {}", proposal.profile(), refused.getMessage());
    }
  }

  /**
   * Moves each hold towards what is used, and tells the holders of its grants; what was throttled
   * stays so until that is undone.
   */
  public void control() throws InterruptedException {
    Instant now = clock.instant();
    LedgerSnapshot seen = ledger.snapshot();
    Set<ReservationName> throttled = ledger.signals().throttled();
    Set<ReservationName> live = new HashSet<>();
    for (Reservation reservation : seen.reservations().values()) {
      ControlRules rules = config.zone(reservation.trustZone()).control();
      if (rules.enabled()
          && !throttled.contains(reservation.name())
          && reservation.state() instanceof ReservationState.Active active) {
        live.add(reservation.name());
        control(reservation, active.hold(), rules, now);
      }
    }
    controlled.keySet().retainAll(live);
  }

  private void control(Reservation reservation, Hold hold, ControlRules rules, Instant now)
      throws InterruptedException {
    if (ledger.grants().of(reservation.name()).isEmpty()) {
      // Held ahead of its request: nothing is used yet, and that says nothing of its size.
      return;
    }
    // Whatever the last change was, its holder has it now.
    grants.follow(reservation.name(), hold.amount());
    Controlled before =
        controlled.computeIfAbsent(reservation.name(), _ -> new Controlled(Map.of(), now));
    Duration elapsed = Duration.between(before.at(), now);
    if (elapsed.compareTo(rules.period()) < 0) {
      return;
    }
    Optional<ResourceVector> used =
        learning.recent(reservation.name(), now.minus(rules.period().multipliedBy(USAGE_PERIODS)));
    if (used.isEmpty()) {
      return;
    }
    Adjuster.Adjusted adjusted =
        Adjuster.adjust(
            hold,
            new Adjuster.Demand(used.get(), ResourceVector.ZERO),
            rules,
            before.states(),
            elapsed);
    controlled.put(reservation.name(), new Controlled(adjusted.states(), now));
    switch (adjusted.adjustment()) {
      case Adjustment.Keep() -> {}
      case Adjustment.Resize(ResourceVector amount) -> resize(reservation, amount);
      case Adjustment.AttestFirst(ResourceVector amount) -> resize(reservation, amount);
    }
  }

  private void resize(Reservation reservation, ResourceVector amount) throws InterruptedException {
    try {
      resizes.resize(reservation, amount);
    } catch (Refusal refused) {
      journal.record(
          new Event.Rejected(refused.problem().reason(), "control", reservation.name().toString()));
    }
  }
}
