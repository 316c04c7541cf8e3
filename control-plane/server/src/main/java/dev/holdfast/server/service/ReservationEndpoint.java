package dev.holdfast.server.service;

import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.RequestId;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Origin;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.ExplainReservationRequest;
import dev.holdfast.proto.reservation.v1.ExplainReservationResponse;
import dev.holdfast.proto.reservation.v1.GetReservationRequest;
import dev.holdfast.proto.reservation.v1.ListGrantsRequest;
import dev.holdfast.proto.reservation.v1.ListGrantsResponse;
import dev.holdfast.proto.reservation.v1.ListReservationsRequest;
import dev.holdfast.proto.reservation.v1.ListReservationsResponse;
import dev.holdfast.proto.reservation.v1.ReleaseReservationRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc;
import dev.holdfast.proto.reservation.v1.UpdateReservationRequest;
import dev.holdfast.proto.reservation.v1.WatchReservationsRequest;
import dev.holdfast.proto.reservation.v1.WatchReservationsResponse;
import dev.holdfast.server.allot.Admissions;
import dev.holdfast.server.allot.Provisioner;
import dev.holdfast.server.allot.Resizes;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.server.wire.AttestationWire;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.RequestBody;
import dev.holdfast.server.wire.ReservationWire;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.store.ledger.ChainRecord;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.PathwayRecord;
import dev.holdfast.store.ledger.RequestKey;
import dev.holdfast.store.ledger.Stored;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;

/** {@code ReservationService}: reservations, holds and grants. */
final class ReservationEndpoint extends ReservationServiceGrpc.ReservationServiceImplBase {
  private final ServerConfig config;
  private final Ledger ledger;
  private final Admissions admissions;
  private final Resizes resizes;
  private final Provisioner provisioner;
  private final Learning learning;
  private final ExecutorService watchers;
  private final InstantSource clock;

  ReservationEndpoint(
      ServerConfig config,
      Ledger ledger,
      Admissions admissions,
      Resizes resizes,
      Provisioner provisioner,
      Learning learning,
      ExecutorService watchers,
      InstantSource clock) {
    this.config = config;
    this.ledger = ledger;
    this.admissions = admissions;
    this.resizes = resizes;
    this.provisioner = provisioner;
    this.learning = learning;
    this.watchers = watchers;
    this.clock = clock;
  }

  @Override
  public void getReservation(GetReservationRequest request, StreamObserver<Reservation> out) {
    Unary.answer(
        out,
        "ReservationService/GetReservation",
        () -> message(readable(Read.required("name", request.getName()))));
  }

  @Override
  public void listReservations(
      ListReservationsRequest request, StreamObserver<ListReservationsResponse> out) {
    Unary.answer(
        out,
        "ReservationService/ListReservations",
        () -> {
          Optional<TenantName> tenant = parent(request.getParent());
          Listed all = Listed.all(ledger, tenant);
          List<Stored<dev.holdfast.pam.reservation.Reservation>> sorted =
              all.rows().stream()
                  .sorted(Comparator.comparing(stored -> stored.value().createdAt()))
                  .toList();
          return Pages.of(request.getPageSize(), request.getPageToken(), sorted)
              .into(
                  (page, next) ->
                      ListReservationsResponse.newBuilder()
                          .addAllReservations(page.stream().map(this::message).toList())
                          .setNextPageToken(next)
                          .setRevision(all.revision())
                          .build());
        });
  }

  @Override
  public void createReservation(CreateReservationRequest request, StreamObserver<Reservation> out) {
    Unary.answer(out, "ReservationService/CreateReservation", () -> create(request));
  }

  private Reservation create(CreateReservationRequest request) throws InterruptedException {
    TenantName tenant = writable(TenantName.parse(Read.required("parent", request.getParent())));
    Optional<RequestId> id = Read.requestId(request.getRequestId());
    Optional<RequestKey> numbered =
        id.map(
            number ->
                new RequestKey(number, RequestBody.digest(Caller.current().label(), request)));
    // Before anything that depends on the time: what was done is not refused for being late.
    var before = numbered.flatMap(key -> ledger.reservations().madeFor(key));
    if (before.isPresent()) {
      return message(before.get());
    }
    if (!request.hasReservation()) {
      throw new Refusal(new Problem.FieldMissing("reservation"));
    }
    Reservation wanted = request.getReservation();
    if (!wanted.hasWorkload()) {
      throw new Refusal(new Problem.FieldMissing("reservation.workload"));
    }
    Workload workload = ResourceWire.read(wanted.getWorkload());
    Instant now = clock.instant();
    Interval interval = WantedTime.of(request, now);
    TrustZoneName zone = zone(tenant, wanted);
    ZoneRules rules = config.zone(zone);
    ResourceVector amount;
    Optional<String> source = Optional.empty();
    if (wanted.hasAmount()) {
      amount = ResourceWire.read(wanted.getAmount());
    } else {
      Forecast forecast =
          learning.next(
              tenant,
              workload,
              Horizon.of(now.plusMillis(1), interval.length()),
              rules.allocation().defaultAmount(),
              now);
      amount = admissions.sized(zone, forecast.amount(rules.allocation().quantile()));
      source = forecast.model().isEmpty() ? Optional.empty() : Optional.of(forecast.model());
    }
    String chosen =
        request.getReservationId().isEmpty()
            ? "r-" + id.map(RequestId::toString).orElseGet(() -> UUID.randomUUID().toString())
            : request.getReservationId();
    ReservationName name = new ReservationName(tenant, chosen);
    Reservation made =
        message(
            admissions.admit(
                new Admissions.Ask(
                    name,
                    workload,
                    zone,
                    amount,
                    interval,
                    wanted.getPriority(),
                    Origin.CALLER,
                    source,
                    Optional.empty(),
                    request.getValidateOnly()),
                numbered.orElseGet(() -> Admissions.unnumbered(name))));
    provisioner.wake();
    return made;
  }

  private TrustZoneName zone(TenantName tenant, Reservation wanted) {
    if (!wanted.getTrustZone().isEmpty()) {
      return Read.trustZone("reservation.trust_zone", wanted.getTrustZone());
    }
    return config.tenant(tenant).trustZones().stream()
        .min(Comparator.naturalOrder())
        .orElseThrow(() -> new Refusal(new Problem.FieldMissing("reservation.trust_zone")));
  }

  @Override
  public void updateReservation(UpdateReservationRequest request, StreamObserver<Reservation> out) {
    Unary.answer(
        out,
        "ReservationService/UpdateReservation",
        () -> {
          Reservation wanted = request.getReservation();
          Stored<dev.holdfast.pam.reservation.Reservation> before =
              changeable(Read.required("reservation.name", wanted.getName()), wanted.getEtag());
          boolean amountNamed =
              request.getUpdateMask().getPathsList().stream().allMatch("amount"::equals);
          if (!amountNamed || !wanted.hasAmount()) {
            throw new Refusal(
                new AccessProblem.CallRefused(
                    Problem.Kind.INVALID_ARGUMENT,
                    "FIELD_IMMUTABLE",
                    "only \"amount\" can be changed: set it, and name nothing else in update_mask",
                    java.util.Map.of()));
          }
          return message(resizes.resize(before.value(), ResourceWire.read(wanted.getAmount())));
        });
  }

  @Override
  public void releaseReservation(
      ReleaseReservationRequest request, StreamObserver<Reservation> out) {
    Unary.answer(
        out,
        "ReservationService/ReleaseReservation",
        () -> {
          var before =
              changeable(Read.required("name", request.getName()), request.getEtag()).value();
          var after =
              ledger
                  .reservations()
                  .release(
                      before.name(),
                      new Cause(
                          "RELEASED",
                          "released by " + Caller.current().label(),
                          before.name().toString(),
                          clock.instant()));
          learning.ended(
              ProfileKey.of(before.name().tenant(), before.workload()),
              before.name(),
              clock.instant());
          provisioner.wake();
          return message(after);
        });
  }

  @Override
  public void watchReservations(
      WatchReservationsRequest request, StreamObserver<WatchReservationsResponse> out) {
    Optional<TenantName> tenant;
    try {
      tenant = parent(request.getParent());
    } catch (RuntimeException refused) {
      out.onError(Unary.refuse(refused, "ReservationService/WatchReservations"));
      return;
    }
    ServerCallStreamObserver<WatchReservationsResponse> call =
        (ServerCallStreamObserver<WatchReservationsResponse>) out;
    call.setOnCancelHandler(() -> {});
    watchers.execute(
        new Following<>(ReservationWatch.feed(ledger, tenant), request.getAfterRevision(), call));
  }

  @Override
  public void explainReservation(
      ExplainReservationRequest request, StreamObserver<ExplainReservationResponse> out) {
    Unary.answer(
        out,
        "ReservationService/ExplainReservation",
        () -> {
          var stored = readable(Read.required("name", request.getName()));
          var reservation = stored.value();
          LedgerSnapshot seen = ledger.snapshot();
          ExplainReservationResponse.Builder answer =
              ExplainReservationResponse.newBuilder()
                  .setReservation(message(stored))
                  .setPolicy(config.zone(reservation.trustZone()).policy().name().toString())
                  .setRevision(seen.revision());
          for (PathwayRecord record : seen.pathways().values()) {
            if (record.pathway().name().zone().equals(reservation.trustZone())
                && serves(seen, record, reservation.name().tenant())) {
              answer.addCandidates(candidate(seen, record, reservation));
            }
          }
          return answer.build();
        });
  }

  private static boolean serves(LedgerSnapshot seen, PathwayRecord record, TenantName tenant) {
    Hop last = record.pathway().hops().getLast();
    return last.role() != Role.ENCLAVE
        || Optional.ofNullable(seen.nodes().get(last.node()))
            .flatMap(node -> node.tenant())
            .filter(tenant::equals)
            .isPresent();
  }

  private ExplainReservationResponse.Candidate candidate(
      LedgerSnapshot seen,
      PathwayRecord record,
      dev.holdfast.pam.reservation.Reservation reservation) {
    ExplainReservationResponse.Candidate.Builder candidate =
        ExplainReservationResponse.Candidate.newBuilder()
            .setPathway(record.pathway().name().toString());
    Stored<ChainRecord> chain = seen.chains().get(record.pathway().name());
    Instant now = clock.instant();
    if (chain == null) {
      candidate.setCause(
          ReservationWire.cause(
              Cause.of(
                  new Problem.AttestationExpired(record.pathway().name(), Instant.EPOCH), now)));
    } else {
      candidate.setVerdict(AttestationWire.verdict(chain.value().chain().verdict()));
      chain
          .value()
          .chain()
          .findings()
          .forEach(f -> candidate.addFindings(AttestationWire.finding(f)));
      chain
          .value()
          .refusal(now)
          .ifPresent(problem -> candidate.setCause(ReservationWire.cause(Cause.of(problem, now))));
    }
    boolean held =
        reservation.hold().filter(h -> h.pathway().equals(record.pathway().name())).isPresent();
    if (!held) {
      shortfalls(seen, record, reservation.amount(), candidate);
    }
    return candidate.build();
  }

  private static void shortfalls(
      LedgerSnapshot seen,
      PathwayRecord record,
      ResourceVector amount,
      ExplainReservationResponse.Candidate.Builder candidate) {
    for (Hop hop : record.pathway().hops()) {
      ResourceVector free = Room.free(seen, hop.node());
      for (Resource resource : Resource.allottedBy(hop.role())) {
        if (amount.get(resource) > free.get(resource)) {
          candidate.addShortfalls(
              ExplainReservationResponse.Shortfall.newBuilder()
                  .setNode(hop.node().toString())
                  .setRole(AttestationWire.role(hop.role()))
                  .setResource(
                      dev.holdfast.proto.resource.v1.Resource.valueOf(
                          "RESOURCE_" + resource.name()))
                  .setAsked(amount.get(resource))
                  .setFree(free.get(resource)));
        }
      }
    }
  }

  @Override
  public void listGrants(ListGrantsRequest request, StreamObserver<ListGrantsResponse> out) {
    Unary.answer(
        out,
        "ReservationService/ListGrants",
        () -> {
          var reservation = readable(Read.required("parent", request.getParent())).value();
          return Pages.of(
                  request.getPageSize(),
                  request.getPageToken(),
                  ledger.grants().of(reservation.name()).stream()
                      .map(ReservationWire::write)
                      .sorted(Comparator.comparing(grant -> grant.getName()))
                      .toList())
              .into(
                  (page, next) ->
                      ListGrantsResponse.newBuilder()
                          .addAllGrants(page)
                          .setNextPageToken(next)
                          .build());
        });
  }

  private Reservation message(Stored<dev.holdfast.pam.reservation.Reservation> stored) {
    return ReservationWire.write(stored.value(), stored.revision());
  }

  /** A reservation that the caller may see; another tenant's is not found. */
  private Stored<dev.holdfast.pam.reservation.Reservation> readable(String text) {
    ReservationName name = ReservationName.parse(text);
    if (Caller.current() instanceof Caller.Application application
        && !application.tenant().equals(name.tenant())) {
      throw new Refusal(new Problem.NotFound(name.toString()));
    }
    return ledger
        .reservations()
        .get(name)
        .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
  }

  /**
   * A reservation that the caller may change; of another tenant's, not even its absence is told.
   */
  private Stored<dev.holdfast.pam.reservation.Reservation> changeable(String text, String etag) {
    ReservationName name = ReservationName.parse(text);
    writable(name.tenant());
    Stored<dev.holdfast.pam.reservation.Reservation> stored = readable(text);
    if (!etag.isEmpty() && !etag.equals(Long.toString(stored.revision()))) {
      throw new Refusal(new Problem.StaleEtag(name.toString()));
    }
    return stored;
  }

  private static TenantName writable(TenantName tenant) {
    if (Caller.current() instanceof Caller.Application application
        && !application.tenant().equals(tenant)) {
      throw new Refusal(
          new AccessProblem.RoleRefused(
              application.label(), "act for a tenant that is not its own"));
    }
    return tenant;
  }

  /** The tenant of a listing; empty for all of them, which only operators may ask for. */
  private static Optional<TenantName> parent(String parent) {
    if (Read.required("parent", parent).equals("tenants/-")) {
      if (!(Caller.current() instanceof Caller.Operator)) {
        throw new Refusal(
            new AccessProblem.RoleRefused(Caller.current().label(), "list every tenant's"));
      }
      return Optional.empty();
    }
    TenantName tenant = TenantName.parse(parent);
    if (Caller.current() instanceof Caller.Application application
        && !application.tenant().equals(tenant)) {
      throw new Refusal(new Problem.NotFound(tenant.toString()));
    }
    return Optional.of(tenant);
  }
}
