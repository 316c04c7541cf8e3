package dev.holdfast.server.service;

import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.SignalName;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.signal.DriftDetail;
import dev.holdfast.pam.signal.Signal;
import dev.holdfast.proto.forecast.v1.Drift;
import dev.holdfast.proto.forecast.v1.ExpectedGrowth;
import dev.holdfast.proto.forecast.v1.ListSignalsRequest;
import dev.holdfast.proto.forecast.v1.ListSignalsResponse;
import dev.holdfast.proto.forecast.v1.RemedyAction;
import dev.holdfast.proto.forecast.v1.RemedyState;
import dev.holdfast.proto.forecast.v1.SignalKind;
import dev.holdfast.proto.forecast.v1.UndoSignalRemedyRequest;
import dev.holdfast.proto.forecast.v1.WatchSignalsRequest;
import dev.holdfast.proto.forecast.v1.WatchSignalsResponse;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.signal.Remedies;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.Write;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.Stored;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** What {@code ForecastService} says of signals. */
final class SignalAnswers {
  private final Ledger ledger;
  private final Remedies remedies;
  private final ExecutorService watchers;

  /**
   * Answers from a ledger.
   *
   * @param watchers where watches run: one thread each
   */
  SignalAnswers(Ledger ledger, Remedies remedies, ExecutorService watchers) {
    this.ledger = ledger;
    this.remedies = remedies;
    this.watchers = watchers;
  }

  ListSignalsResponse list(ListSignalsRequest request) {
    Optional<TenantName> tenant = parent(request.getParent());
    Following.Present<Signal> present = present(tenant);
    List<dev.holdfast.proto.forecast.v1.Signal> newest =
        present.rows().reversed().stream().map(row -> message(row.value())).toList();
    return Pages.of(request.getPageSize(), request.getPageToken(), newest)
        .into(
            (page, next) ->
                ListSignalsResponse.newBuilder()
                    .addAllSignals(page)
                    .setNextPageToken(next)
                    .setRevision(present.revision())
                    .build());
  }

  void watch(WatchSignalsRequest request, ServerCallStreamObserver<WatchSignalsResponse> out) {
    Optional<TenantName> tenant = parent(request.getParent());
    out.setOnCancelHandler(() -> {});
    watchers.execute(
        new Following<>(
            new Following.Feed<>(
                "ForecastService/WatchSignals",
                () -> present(tenant),
                ledger.signals()::watch,
                signal -> tenant.map(signal.name().tenant()::equals).orElse(true),
                new Words()),
            request.getAfterRevision(),
            out));
  }

  dev.holdfast.proto.forecast.v1.Signal undo(UndoSignalRemedyRequest request)
      throws InterruptedException {
    return message(remedies.undo(SignalName.parse(Read.required("name", request.getName()))));
  }

  /** The signals there are, oldest first. */
  private Following.Present<Signal> present(Optional<TenantName> tenant) {
    long revision = ledger.snapshot().revision();
    List<Stored<Signal>> rows =
        ledger.signals().all().stream()
            .filter(row -> tenant.map(row.value().name().tenant()::equals).orElse(true))
            .sorted(Comparator.comparing(row -> row.value().raisedAt()))
            .toList();
    return new Following.Present<>(rows, revision);
  }

  private record Words() implements Following.Words<Signal, WatchSignalsResponse> {
    @Override
    public WatchSignalsResponse of(Stored<Signal> stored, long revision) {
      return WatchSignalsResponse.newBuilder()
          .setSignal(message(stored.value()))
          .setRevision(revision)
          .build();
    }

    @Override
    public WatchSignalsResponse heartbeat(long revision) {
      return WatchSignalsResponse.newBuilder().setRevision(revision).build();
    }
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

  private static dev.holdfast.proto.forecast.v1.Signal message(Signal signal) {
    dev.holdfast.proto.forecast.v1.Signal.Builder message =
        dev.holdfast.proto.forecast.v1.Signal.newBuilder()
            .setName(signal.name().toString())
            .setResourceProfile(signal.profile())
            .setSubject(signal.subject())
            .setCreateTime(Write.time(signal.raisedAt()))
            .setSampleTime(Write.time(signal.sampleAt()))
            .setKind(SignalKind.valueOf("SIGNAL_KIND_" + signal.kind()))
            .setObserved(signal.observed())
            .setScore(signal.score())
            .setThreshold(signal.threshold())
            .setMessage(signal.message())
            .setRemedyAction(RemedyAction.valueOf("REMEDY_ACTION_" + signal.remedy()))
            .setRemedyState(RemedyState.valueOf("REMEDY_STATE_" + signal.outcome()));
    signal
        .resource()
        .ifPresent(resource -> message.setResource(Resource.valueOf("RESOURCE_" + resource)));
    signal.expected().ifPresent(message::setExpectedP50);
    signal.drift().ifPresent(detail -> message.setDrift(drift(detail)));
    return message.build();
  }

  private static Drift drift(DriftDetail detail) {
    Drift.Builder drift = Drift.newBuilder().setSimilarDriftCount(detail.outlook().cases());
    detail.drift().direction().forEach((part, length) -> drift.putDirection(part.name(), length));
    detail
        .outlook()
        .growth()
        .forEach(
            (resource, times) ->
                drift.addExpectedGrowth(
                    ExpectedGrowth.newBuilder()
                        .setResource(Resource.valueOf("RESOURCE_" + resource))
                        .setFactor(times)));
    return drift.build();
  }
}
