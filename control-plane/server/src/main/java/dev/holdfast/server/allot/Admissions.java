package dev.holdfast.server.allot;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.RequestId;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.plan.Decision;
import dev.holdfast.pam.plan.Planner;
import dev.holdfast.pam.plan.Snapshot;
import dev.holdfast.pam.reservation.Origin;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.chain.Rounds;
import dev.holdfast.server.chain.Trust;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.store.ledger.Admission;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.NodeRecord;
import dev.holdfast.store.ledger.NodeState;
import dev.holdfast.store.ledger.RequestKey;
import dev.holdfast.store.ledger.Stored;
import io.grpc.Context;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Makes reservations: looks at one snapshot, lets the planner place the request, attests the
 * pathway first where it has no live chain, and commits.
 */
public final class Admissions {
  private static final int ATTEMPTS_MAX = 8;
  private static final Optional<NodeState> REVOKED = Optional.of(NodeState.REVOKED);

  private final ServerConfig config;
  private final Ledger ledger;
  private final Rounds rounds;
  private final Trust trust;
  private final Journal journal;
  private final InstantSource clock;
  private final Map<PathwayName, ReentrantLock> attesting = new HashMap<>();

  /** One over these parts. */
  public Admissions(
      ServerConfig config,
      Ledger ledger,
      Rounds rounds,
      Trust trust,
      Journal journal,
      InstantSource clock) {
    this.config = config;
    this.ledger = ledger;
    this.rounds = rounds;
    this.trust = trust;
    this.journal = journal;
    this.clock = clock;
  }

  /**
   * What is asked for.
   *
   * @param enclave only pathways that end in this node; empty: any
   * @param validateOnly decide, and change nothing
   */
  public record Ask(
      ReservationName name,
      Workload workload,
      TrustZoneName trustZone,
      ResourceVector amount,
      Interval interval,
      int priority,
      Origin origin,
      Optional<String> forecast,
      Optional<NodeName> enclave,
      boolean validateOnly) {}

  /** A key for a request that its caller did not number. */
  public static RequestKey unnumbered(ReservationName name) {
    return new RequestKey(
        new RequestId(UUID.randomUUID()), dev.holdfast.attestation.Sha256.of(name.toString()));
  }

  /** Admits a reservation, or refuses with the reason. */
  public Stored<Reservation> admit(Ask ask, RequestKey key) throws InterruptedException {
    Optional<Stored<Reservation>> before = ledger.reservations().madeFor(key);
    if (before.isPresent()) {
      return before.get();
    }
    ServerConfig.TenantRules tenant = config.tenant(ask.name().tenant());
    if (!tenant.trustZones().contains(ask.trustZone())) {
      throw new Refusal(new Problem.NotFound(ask.trustZone().toString()));
    }
    Instant now = clock.instant();
    Reservation pending =
        new Reservation(
            ask.name(),
            ask.workload(),
            ask.trustZone(),
            ask.amount(),
            ask.interval(),
            ask.priority(),
            ask.origin(),
            ask.forecast(),
            new ReservationState.Pending(Optional.empty()),
            now,
            now);
    if (pending.priority() > tenant.priorityMax()) {
      throw new Refusal(
          new AccessProblem.PriorityRefused(
              ask.name().tenant(), pending.priority(), tenant.priorityMax()));
    }
    boolean attested = false;
    for (int attempt = 0; ; attempt++) {
      Decision decision =
          Planner.place(
              snapshot(ask.enclave()),
              new Planner.Request(ask.name().tenant(), ask.trustZone(), ask.amount()),
              clock.instant());
      if (decision instanceof Decision.Refuse(Problem problem)) {
        if (!attested && curable(problem)) {
          attested = true;
          attestIdle(ask.trustZone(), ask.enclave());
          continue;
        }
        throw new Refusal(problem);
      }
      PathwayName pathway = ((Decision.Admit) decision).hold().pathway();
      if (ask.validateOnly()) {
        return new Stored<>(
            pending.after(
                new dev.holdfast.pam.reservation.ReservationEvent.Admitted(
                    ((Decision.Admit) decision).hold()),
                now),
            0);
      }
      if (Context.current().isCancelled()) {
        throw new Refusal(
            new AccessProblem.CallRefused(
                Problem.Kind.DEADLINE_EXCEEDED,
                "DEADLINE_EXCEEDED",
                "whoever asked waits no longer, and nothing was reserved",
                Map.of()));
      }
      try {
        Stored<Reservation> made =
            ledger
                .reservations()
                .reserve(
                    pending,
                    new Admission(pathway, ask.amount(), Optional.of(tenant.quota())),
                    key);
        journal.record(
            new Event.Admitted(ask.name(), ask.amount(), ask.origin() == Origin.FORECAST));
        return made;
      } catch (Refusal refusal) {
        // Between the decision and the commit something moved: decide anew from what is there now.
        boolean moved = refusal.problem() instanceof Problem.Capacity && attempt < ATTEMPTS_MAX;
        if (!moved) {
          throw refusal;
        }
      }
    }
  }

  /**
   * What to hold for a forecast demand: what some node of the zone allots (the rest was metered,
   * and is nobody's to hold), and no less than control would leave.
   */
  public ResourceVector sized(TrustZoneName zone, ResourceVector demand) {
    return demand
        .restrictedTo(snapshot(Optional.empty()).allotted(zone))
        .max(config.zone(zone).control().minimum());
  }

  /** Whether attesting could lead to another decision. */
  private static boolean curable(Problem problem) {
    return problem instanceof Problem.AttestationExpired || problem instanceof Problem.ChainRefused;
  }

  /** Attests what has no live chain, but for pathways over a node that no answer brings back. */
  private void attestIdle(TrustZoneName zone, Optional<NodeName> enclave)
      throws InterruptedException {
    LedgerSnapshot seen = ledger.snapshot();
    Instant now = clock.instant();
    for (var record : seen.pathways().values()) {
      Pathway pathway = record.pathway();
      boolean serves =
          pathway.name().zone().equals(zone)
              && enclave.map(node -> pathway.hops().getLast().node().equals(node)).orElse(true);
      boolean live =
          Optional.ofNullable(seen.chains().get(pathway.name()))
              .filter(chain -> chain.value().refusal(now).isEmpty())
              .isPresent();
      boolean whole =
          pathway.hops().stream()
              .map(hop -> Optional.ofNullable(seen.nodes().get(hop.node())))
              .noneMatch(node -> node.map(NodeRecord::state).equals(REVOKED));
      if (serves && !live && whole) {
        attest(pathway, Challenges.Occasion.PATHWAY);
      }
    }
  }

  /** Attests one pathway and stores what comes of it; two at once are done one after the other. */
  public Rounds.Outcome attest(Pathway pathway, Challenges.Occasion occasion)
      throws InterruptedException {
    ReentrantLock lock;
    synchronized (attesting) {
      lock = attesting.computeIfAbsent(pathway.name(), _ -> new ReentrantLock());
    }
    lock.lockInterruptibly();
    try {
      Rounds.Outcome outcome =
          rounds.attest(List.of(pathway), config.zone(pathway.name().zone()), occasion).getFirst();
      return trust.adopt(outcome, occasion);
    } finally {
      lock.unlock();
    }
  }

  /** What the planner looks at. */
  public Snapshot snapshot(Optional<NodeName> enclave) {
    Map<TenantName, ResourceVector> quotas = new HashMap<>();
    config.tenants().forEach((name, rules) -> quotas.put(name, rules.quota()));
    Snapshot all = ledger.snapshot().planning(quotas);
    return enclave
        .map(
            node ->
                new Snapshot(
                    all.nodes(),
                    all.pathways().stream()
                        .filter(one -> one.pathway().hops().getLast().node().equals(node))
                        .toList(),
                    all.tenants()))
        .orElse(all);
  }
}
