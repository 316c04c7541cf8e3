package dev.holdfast.server.allot;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.grant.Grant;
import dev.holdfast.pam.grant.Grants;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.GrantName;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.RequestId;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.Run;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Origin;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.proto.node.v1.GrantRelease;
import dev.holdfast.proto.node.v1.GrantRequest;
import dev.holdfast.proto.node.v1.SessionResponse;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.rpc.Problems;
import dev.holdfast.server.session.NodeSession;
import dev.holdfast.server.session.Sessions;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.RequestBody;
import dev.holdfast.server.wire.ReservationWire;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.store.kv.StoreFailure;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.RequestKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what applications want, through the session of the enclave that they run in: a
 * reservation made ahead for the workload, or else a new one; then, once every node holds it, a
 * grant.
 */
public final class GrantDesk {
  private static final Logger LOG = LoggerFactory.getLogger(GrantDesk.class);

  /** Requests that are worked on at once, over all sessions. */
  public static final int WORKING_MAX = 256;

  private static final Duration PROVISION_MAX = Duration.ofSeconds(30);
  private static final Duration WORK_LEAST = Duration.ofSeconds(1);
  private static final Duration WORK_MOST = Duration.ofDays(31);

  private final ServerConfig config;
  private final Ledger ledger;
  private final Admissions admissions;
  private final Provisioner provisioner;
  private final Learning learning;
  private final Sessions sessions;
  private final Journal journal;
  private final ExecutorService workers;
  private final InstantSource clock;
  private final Semaphore working = new Semaphore(WORKING_MAX);

  /** The parts that a grant goes through. */
  public record Parts(
      ServerConfig config,
      Ledger ledger,
      Admissions admissions,
      Provisioner provisioner,
      Learning learning,
      Sessions sessions,
      Journal journal) {}

  /**
   * @param workers where requests are worked on: one thread each
   */
  public GrantDesk(Parts parts, ExecutorService workers, InstantSource clock) {
    this.config = parts.config();
    this.ledger = parts.ledger();
    this.admissions = parts.admissions();
    this.provisioner = parts.provisioner();
    this.learning = parts.learning();
    this.sessions = parts.sessions();
    this.journal = parts.journal();
    this.workers = workers;
    this.clock = clock;
  }

  /** How many requests are worked on. */
  public int working() {
    return WORKING_MAX - working.availablePermits();
  }

  /** Takes a request; the answer is sent over the session. */
  public void request(NodeSession session, GrantRequest request) {
    if (!working.tryAcquire()) {
      refuse(
          session,
          request.getRequestId(),
          new Problem.Overloaded("grants", Duration.ofMillis(200)));
      return;
    }
    workers.execute(
        () -> {
          try {
            work(session, request, System.nanoTime());
          } finally {
            working.release();
          }
        });
  }

  private void work(NodeSession session, GrantRequest request, long began) {
    try {
      TenantName tenant =
          session
              .tenant()
              .orElseThrow(
                  () ->
                      new Refusal(
                          new AccessProblem.RoleRefused(
                              session.node().toString(), "ask for grants")));
      if (!session.trusted()) {
        throw new Refusal(
            new Problem.IllegalState(
                session.node().toString(), "UNTRUSTED", "Attest the node first."));
      }
      RequestId id = RequestId.parse(Read.required("request_id", request.getRequestId()));
      switch (request.getPurposeCase()) {
        case ACQUIRE -> acquire(session, tenant, id, request.getAcquire(), began);
        case RENEW -> renew(session, tenant, id, request.getRenew());
        case PURPOSE_NOT_SET -> throw new Refusal(new Problem.FieldMissing("purpose"));
      }
    } catch (Refusal refusal) {
      refuse(session, request.getRequestId(), refusal.problem());
    } catch (StoreFailure away) {
      refuse(
          session,
          request.getRequestId(),
          new Problem.StoreUnavailable("the request was not finished"));
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException bug) {
      LOG.error("a grant request of {} failed", session.node(), bug);
      refuse(
          session,
          request.getRequestId(),
          new Problem.Unavailable("grants", "a bug of ours; the log knows more"));
    }
  }

  private void acquire(
      NodeSession session, TenantName tenant, RequestId id, ResourceRequest wish, long began)
      throws InterruptedException {
    Optional<ResourceVector> wanted =
        wish.hasWanted() ? Optional.of(ResourceWire.read(wish.getWanted())) : Optional.empty();
    Reservation found = existing(session, tenant, id, wish).orElse(null);
    boolean ahead = found != null && found.origin() == Origin.FORECAST;
    if (found == null) {
      if (!wish.hasWorkload()) {
        throw new Refusal(new Problem.FieldMissing("acquire.workload"));
      }
      Workload workload = ResourceWire.read(wish.getWorkload());
      found = reserve(session, tenant, id, wish, workload, wanted);
    }
    Reservation active = awaitActive(found.name(), PROVISION_MAX);
    GrantName name = grant(active.name(), id);
    Instant now = clock.instant();
    Grant grant =
        ledger.grants().of(active.name()).stream()
            .filter(known -> known.name().equals(name) && known.live(now))
            .findFirst()
            .map(known -> known.leftAt(now))
            .orElseGet(() -> issue(session, name, wanted));
    ProfileKey key = ProfileKey.of(tenant, active.workload());
    learning.started(
        key,
        new Run(
            active.name(),
            active.trustZone(),
            active.workload(),
            clock.instant(),
            Optional.empty()));
    send(session, id.toString(), grant);
    journal.record(
        new Event.Granted(active.name(), ahead, Duration.ofNanos(System.nanoTime() - began)));
  }

  private static GrantName grant(ReservationName reservation, RequestId id) {
    return new GrantName(reservation, "g-" + id);
  }

  private Grant issue(NodeSession session, GrantName name, Optional<ResourceVector> wanted) {
    return ledger
        .grants()
        .put(new Grants.Request(name, session.node(), wanted), rules(session).allocation().grants())
        .value();
  }

  /**
   * The reservation named, or one that was made ahead for the workload: that which serves this
   * request already, else one that serves nobody yet.
   */
  private Optional<Reservation> existing(
      NodeSession session, TenantName tenant, RequestId id, ResourceRequest wish) {
    if (!wish.getReservation().isEmpty()) {
      ReservationName name = ReservationName.parse(wish.getReservation());
      if (!name.tenant().equals(tenant)) {
        throw new Refusal(new Problem.NotFound(name.toString()));
      }
      return Optional.of(
          ledger
              .reservations()
              .get(name)
              .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())))
              .value());
    }
    if (!wish.hasWorkload()) {
      return Optional.empty();
    }
    ProfileKey key = ProfileKey.of(tenant, ResourceWire.read(wish.getWorkload()));
    LedgerSnapshot seen = ledger.snapshot();
    Instant now = clock.instant();
    return seen.reservations().values().stream()
        .filter(r -> r.origin() == Origin.FORECAST && r.interval().end().isAfter(now))
        .filter(r -> ProfileKey.of(r.name().tenant(), r.workload()).equals(key))
        .filter(
            r ->
                r.state() instanceof ReservationState.Active
                    || r.state() instanceof ReservationState.Provisioning)
        .filter(r -> endsIn(seen, r, session.node()))
        .filter(r -> servesNobodyElse(r.name(), id))
        .min(
            Comparator.comparing((Reservation r) -> ledger.grants().of(r.name()).isEmpty())
                .thenComparing(Reservation::createdAt));
  }

  private boolean servesNobodyElse(ReservationName reservation, RequestId id) {
    return ledger.grants().of(reservation).stream()
        .allMatch(known -> known.name().equals(grant(reservation, id)));
  }

  private static boolean endsIn(LedgerSnapshot seen, Reservation reservation, NodeName node) {
    return reservation
        .hold()
        .flatMap(hold -> Optional.ofNullable(seen.pathways().get(hold.pathway())))
        .filter(record -> record.pathway().hops().getLast().node().equals(node))
        .isPresent();
  }

  private Reservation reserve(
      NodeSession session,
      TenantName tenant,
      RequestId id,
      ResourceRequest wish,
      Workload workload,
      Optional<ResourceVector> wanted)
      throws InterruptedException {
    ZoneRules rules = rules(session);
    Duration length =
        Read.span(
            "acquire.work_duration",
            wish.hasWorkDuration(),
            wish.getWorkDuration(),
            rules.allocation().intervalDefault(),
            WORK_LEAST,
            WORK_MOST);
    Instant now = clock.instant();
    ResourceVector amount = wanted.orElse(ResourceVector.ZERO);
    Optional<String> source = Optional.empty();
    if (wanted.isEmpty()) {
      Forecast forecast =
          learning.next(
              tenant,
              workload,
              Horizon.of(now.plusMillis(1), length),
              rules.allocation().defaultAmount(),
              now);
      amount =
          admissions.sized(session.node().zone(), forecast.amount(rules.allocation().quantile()));
      source = forecast.model().isEmpty() ? Optional.empty() : Optional.of(forecast.model());
    }
    ReservationName name = new ReservationName(tenant, "r-" + id);
    Admissions.Ask ask =
        new Admissions.Ask(
            name,
            workload,
            session.node().zone(),
            amount,
            Interval.from(now, length),
            wish.getPriority(),
            Origin.AGENT,
            source,
            Optional.of(session.node()),
            false);
    Reservation made =
        admissions
            .admit(ask, new RequestKey(id, RequestBody.digest(session.node().toString(), wish)))
            .value();
    provisioner.wake();
    return made;
  }

  /** Waits until a reservation is usable. */
  Reservation awaitActive(ReservationName name, Duration most) throws InterruptedException {
    long until = System.nanoTime() + most.toNanos();
    while (true) {
      Reservation now =
          ledger
              .reservations()
              .get(name)
              .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())))
              .value();
      switch (now.state()) {
        case ReservationState.Active _ -> {
          return now;
        }
        case ReservationState.Provisioning _ -> {
          long left = until - System.nanoTime();
          if (left <= 0) {
            throw new Refusal(
                new Problem.Unavailable(
                    name.toString(), "its nodes have not all provisioned it yet"));
          }
          provisioner.wake();
          provisioner.awaitPass(Duration.ofNanos(Math.min(left, 100_000_000)));
        }
        case ReservationState.Suspended suspended ->
            throw ended(name, "SUSPENDED", suspended.cause());
        case ReservationState.Releasing releasing ->
            throw ended(name, "RELEASING", releasing.cause());
        case ReservationState.Final over -> throw ended(name, over.label(), over.cause());
        case ReservationState.Pending _ ->
            throw new Refusal(
                new Problem.IllegalState(name.toString(), "PENDING", "Wait until it is admitted."));
      }
    }
  }

  private static Refusal ended(ReservationName name, String state, Cause cause) {
    return new Refusal(
        new AccessProblem.CallRefused(
            Problem.Kind.FAILED_PRECONDITION,
            cause.reason(),
            "reservation \"" + name + "\" is " + state + ": " + cause.message(),
            Map.of("subject", name.toString())));
  }

  private void renew(
      NodeSession session, TenantName tenant, RequestId id, GrantRequest.Renewal renewal) {
    GrantName name = GrantName.parse(Read.required("renew.grant", renewal.getGrant()));
    if (!name.reservation().tenant().equals(tenant)) {
      throw new Refusal(new Problem.NotFound(name.toString()));
    }
    Optional<ResourceVector> wanted =
        renewal.hasWanted()
            ? Optional.of(ResourceWire.read(renewal.getWanted()))
            : Optional.empty();
    Grant grant =
        ledger
            .grants()
            .renew(
                new Grants.Request(name, session.node(), wanted),
                rules(session).allocation().grants())
            .value();
    send(session, id.toString(), grant);
  }

  /** The need is over: the grant ends, and so does a reservation that was made for it. */
  public void release(NodeSession session, GrantRelease release) {
    GrantName name = GrantName.parse(Read.required("grant_release.grant", release.getGrant()));
    if (session.tenant().filter(name.reservation().tenant()::equals).isEmpty()) {
      throw new Refusal(new Problem.NotFound(name.toString()));
    }
    ledger.grants().release(name);
    Optional<Reservation> reservation =
        ledger.reservations().get(name.reservation()).map(stored -> stored.value());
    reservation.ifPresent(
        r ->
            learning.ended(
                ProfileKey.of(r.name().tenant(), r.workload()), r.name(), clock.instant()));
    boolean own = reservation.filter(r -> r.origin() != Origin.CALLER).isPresent();
    if (own && ledger.grants().of(name.reservation()).isEmpty()) {
      ledger
          .reservations()
          .release(
              name.reservation(),
              new Cause(
                  "RELEASED",
                  "the application needs it no longer",
                  name.toString(),
                  clock.instant()));
      provisioner.wake();
    }
  }

  /** Tells the holders of a reservation's grants its present size, each its share of the whole. */
  public void follow(ReservationName reservation, ResourceVector amount) {
    List<Grant> live = ledger.grants().of(reservation);
    if (live.size() != 1) {
      // How several holders share a change is theirs to ask for; their renewals are bounded by it.
      return;
    }
    Grant grant = live.getFirst();
    sessions
        .of(grant.node())
        .ifPresent(
            session -> {
              Grant renewed =
                  ledger
                      .grants()
                      .renew(
                          new Grants.Request(grant.name(), grant.node(), Optional.of(amount)),
                          rules(session).allocation().grants())
                      .value();
              send(session, "", renewed);
            });
  }

  private ZoneRules rules(NodeSession session) {
    return config.zone(session.node().zone());
  }

  private static void send(NodeSession session, String requestId, Grant grant) {
    session.send(
        SessionResponse.newBuilder()
            .setGrant(
                GrantUpdate.newBuilder()
                    .setRequestId(requestId)
                    .setReservation(grant.name().reservation().toString())
                    .setGrant(ReservationWire.write(grant))));
  }

  private void refuse(NodeSession session, String requestId, Problem problem) {
    journal.record(new Event.GrantRefused(session.node(), problem.reason()));
    session.send(
        SessionResponse.newBuilder()
            .setGrant(
                GrantUpdate.newBuilder()
                    .setRequestId(requestId.length() <= 64 ? requestId : "")
                    .setRefusal(Problems.status(problem))));
  }
}
