package dev.holdfast.server.service;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.registry.ModelId;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.proto.forecast.v1.ActivateModelRequest;
import dev.holdfast.proto.forecast.v1.ExplainForecastRequest;
import dev.holdfast.proto.forecast.v1.ExplainForecastResponse;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsRequest;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsResponse;
import dev.holdfast.proto.forecast.v1.ForecastDemandRequest;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc;
import dev.holdfast.proto.forecast.v1.GetModelRequest;
import dev.holdfast.proto.forecast.v1.GetResourceProfileRequest;
import dev.holdfast.proto.forecast.v1.GetTrainingRequest;
import dev.holdfast.proto.forecast.v1.ImportModelRequest;
import dev.holdfast.proto.forecast.v1.ImportModelResponse;
import dev.holdfast.proto.forecast.v1.ListModelsRequest;
import dev.holdfast.proto.forecast.v1.ListModelsResponse;
import dev.holdfast.proto.forecast.v1.ListResourceProfilesRequest;
import dev.holdfast.proto.forecast.v1.ListResourceProfilesResponse;
import dev.holdfast.proto.forecast.v1.ListSignalsRequest;
import dev.holdfast.proto.forecast.v1.ListSignalsResponse;
import dev.holdfast.proto.forecast.v1.Model;
import dev.holdfast.proto.forecast.v1.PinModelRequest;
import dev.holdfast.proto.forecast.v1.ResourceProfile;
import dev.holdfast.proto.forecast.v1.RollbackModelRequest;
import dev.holdfast.proto.forecast.v1.Signal;
import dev.holdfast.proto.forecast.v1.TrainModelRequest;
import dev.holdfast.proto.forecast.v1.TrainModelResponse;
import dev.holdfast.proto.forecast.v1.Training;
import dev.holdfast.proto.forecast.v1.UndoSignalRemedyRequest;
import dev.holdfast.proto.forecast.v1.WatchSignalsRequest;
import dev.holdfast.proto.forecast.v1.WatchSignalsResponse;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.server.learn.model.ModelShelf;
import dev.holdfast.server.learn.model.Models;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.server.wire.ModelWire;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.server.wire.Write;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** {@code ForecastService}: profiles, forecasts made from them, models and signals. */
final class ForecastEndpoint extends ForecastServiceGrpc.ForecastServiceImplBase {
  private static final String EVERY_TENANT = "tenants/-";
  private static final Duration HORIZON_DEFAULT = Duration.ofHours(1);
  private static final Duration HORIZON_MAX = Duration.ofDays(7);
  private static final Duration STEP_LEAST = Duration.ofMillis(100);

  private final ServerConfig config;
  private final Learning learning;
  private final Models models;
  private final SignalAnswers signals;
  private final RowAnswers rows;
  private final ExplanationAnswers explanations;
  private final InstantSource clock;

  ForecastEndpoint(
      ServerConfig config,
      Learning learning,
      Models models,
      SignalAnswers signals,
      RowAnswers rows,
      InstantSource clock) {
    this.config = config;
    this.learning = learning;
    this.models = models;
    this.signals = signals;
    this.rows = rows;
    this.explanations = new ExplanationAnswers(learning, clock);
    this.clock = clock;
  }

  @Override
  public void getResourceProfile(
      GetResourceProfileRequest request, StreamObserver<ResourceProfile> out) {
    Unary.answer(
        out,
        "ForecastService/GetResourceProfile",
        () -> {
          String name = Read.required("name", request.getName());
          String parent =
              name.startsWith(EVERY_TENANT + "/")
                  ? EVERY_TENANT
                  : ProfileName.parse(name).tenant().toString();
          return profiles(parent).stream()
              .filter(profile -> profile.getName().equals(name))
              .findFirst()
              .orElseThrow(() -> new Refusal(new Problem.NotFound(name)));
        });
  }

  @Override
  public void listResourceProfiles(
      ListResourceProfilesRequest request, StreamObserver<ListResourceProfilesResponse> out) {
    Unary.answer(
        out,
        "ForecastService/ListResourceProfiles",
        () -> {
          List<ResourceProfile> profiles = profiles(Read.required("parent", request.getParent()));
          return Pages.of(request.getPageSize(), request.getPageToken(), profiles)
              .into(
                  (page, next) ->
                      ListResourceProfilesResponse.newBuilder()
                          .addAllResourceProfiles(page)
                          .setNextPageToken(next)
                          .build());
        });
  }

  @Override
  public void forecastDemand(
      ForecastDemandRequest request, StreamObserver<dev.holdfast.proto.forecast.v1.Forecast> out) {
    Unary.answer(
        out,
        "ForecastService/ForecastDemand",
        () -> {
          TenantName tenant = asking(request.getParent());
          if (!request.hasWorkload()) {
            throw new Refusal(new Problem.FieldMissing("workload"));
          }
          Workload workload = ResourceWire.read(request.getWorkload());
          Duration length =
              Read.span(
                  "horizon",
                  request.hasHorizon(),
                  request.getHorizon(),
                  HORIZON_DEFAULT,
                  STEP_LEAST,
                  HORIZON_MAX);
          Instant now = clock.instant();
          Instant start = now.plusMillis(1);
          Horizon horizon =
              request.hasStep() ? stepped(start, length, request) : Horizon.of(start, length);
          return ForecastMessages.forecast(
              workload, learning.next(tenant, workload, horizon, defaultAmount(tenant), now));
        });
  }

  @Override
  public void explainForecast(
      ExplainForecastRequest request, StreamObserver<ExplainForecastResponse> out) {
    Unary.answer(
        out,
        "ForecastService/ExplainForecast",
        () -> {
          TenantName tenant = asking(request.getParent());
          return explanations.explain(tenant, defaultAmount(tenant), request);
        });
  }

  /** The tenant that is asked for, which an application may only do for its own. */
  private static TenantName asking(String parent) {
    TenantName tenant = TenantName.parse(Read.required("parent", parent));
    if (Caller.current() instanceof Caller.Application application
        && !application.tenant().equals(tenant)) {
      throw new Refusal(
          new AccessProblem.RoleRefused(
              application.label(), "ask for a tenant that is not its own"));
    }
    return tenant;
  }

  /** The profiles of a tenant, or those that span tenants; by name. */
  private List<ResourceProfile> profiles(String parent) {
    List<ResourceProfile> found = new ArrayList<>();
    if (parent.equals(EVERY_TENANT)) {
      if (Caller.current() instanceof Caller.Application) {
        throw new Refusal(new Problem.NotFound(parent));
      }
      learning.types().forEach((type, word) -> found.add(ForecastMessages.type(type, word)));
    } else {
      TenantName tenant = TenantName.parse(parent);
      requireOwn(tenant);
      learning.profiles().stream()
          .filter(profile -> profile.key().tenant().equals(tenant))
          .forEach(profile -> found.add(ForecastMessages.profile(profile)));
      learning
          .groups()
          .forEach(
              (key, group) -> {
                if (key.tenant().equals(tenant)) {
                  found.add(ForecastMessages.group(key, group));
                }
              });
    }
    found.sort(Comparator.comparing(ResourceProfile::getName));
    return found;
  }

  @Override
  public void getModel(GetModelRequest request, StreamObserver<Model> out) {
    Unary.answer(
        out,
        "ForecastService/GetModel",
        () -> message(models.get(ModelId.parse(Read.required("name", request.getName())))));
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> out) {
    Unary.answer(
        out,
        "ForecastService/ListModels",
        () ->
            Pages.of(
                    request.getPageSize(),
                    request.getPageToken(),
                    models.list().stream().map(this::message).toList())
                .into(
                    (page, next) ->
                        ListModelsResponse.newBuilder()
                            .addAllModels(page)
                            .setNextPageToken(next)
                            .build()));
  }

  @Override
  public void trainModel(TrainModelRequest request, StreamObserver<TrainModelResponse> out) {
    Unary.answer(
        out,
        "ForecastService/TrainModel",
        () ->
            TrainModelResponse.newBuilder()
                .setTraining(
                    ModelMessages.training(
                        models.train(
                            new Models.Order(
                                ModelWire.kind(request.getKind()),
                                request.getSeed(),
                                request.getActivateIfBetter()))))
                .build());
  }

  @Override
  public void importModel(ImportModelRequest request, StreamObserver<ImportModelResponse> out) {
    Unary.answer(
        out,
        "ForecastService/ImportModel",
        () -> {
          Resource resource = ResourceWire.resource("resource", request.getResource());
          if (request.getContent().isEmpty()) {
            throw new Refusal(new Problem.FieldMissing("content"));
          }
          return ImportModelResponse.newBuilder()
              .setTraining(
                  ModelMessages.training(
                      models.take(
                          new Models.Order(ModelKind.XGBOOST, 0, request.getActivateIfBetter()),
                          resource,
                          Write.bytes(request.getContent()))))
              .build();
        });
  }

  @Override
  public void exportTrainingRows(
      ExportTrainingRowsRequest request, StreamObserver<ExportTrainingRowsResponse> out) {
    try {
      rows.export(request, (ServerCallStreamObserver<ExportTrainingRowsResponse>) out);
    } catch (RuntimeException refused) {
      out.onError(Unary.refuse(refused, RowAnswers.METHOD));
    }
  }

  @Override
  public void getTraining(GetTrainingRequest request, StreamObserver<Training> out) {
    Unary.answer(
        out,
        "ForecastService/GetTraining",
        () -> models.latest().map(ModelMessages::training).orElse(Training.getDefaultInstance()));
  }

  @Override
  public void activateModel(ActivateModelRequest request, StreamObserver<Model> out) {
    Unary.answer(
        out,
        "ForecastService/ActivateModel",
        () ->
            message(
                models.activate(
                    ModelId.parse(Read.required("name", request.getName())), request.getForce())));
  }

  @Override
  public void rollbackModel(RollbackModelRequest request, StreamObserver<Model> out) {
    Unary.answer(
        out,
        "ForecastService/RollbackModel",
        () ->
            message(
                models.rollback(ModelId.parse(Read.required("champion", request.getChampion())))));
  }

  @Override
  public void pinModel(PinModelRequest request, StreamObserver<Model> out) {
    Unary.answer(
        out,
        "ForecastService/PinModel",
        () ->
            message(
                models.pin(
                    ModelId.parse(Read.required("name", request.getName())),
                    !request.getRelease())));
  }

  private Model message(ModelShelf.Kept kept) {
    return ModelMessages.model(kept, models.champions());
  }

  @Override
  public void listSignals(ListSignalsRequest request, StreamObserver<ListSignalsResponse> out) {
    Unary.answer(out, "ForecastService/ListSignals", () -> signals.list(request));
  }

  @Override
  public void watchSignals(WatchSignalsRequest request, StreamObserver<WatchSignalsResponse> out) {
    try {
      signals.watch(request, (ServerCallStreamObserver<WatchSignalsResponse>) out);
    } catch (RuntimeException refused) {
      out.onError(Unary.refuse(refused, "ForecastService/WatchSignals"));
    }
  }

  @Override
  public void undoSignalRemedy(UndoSignalRemedyRequest request, StreamObserver<Signal> out) {
    Unary.answer(out, "ForecastService/UndoSignalRemedy", () -> signals.undo(request));
  }

  private static Horizon stepped(Instant start, Duration length, ForecastDemandRequest request) {
    Duration step = Read.span("step", true, request.getStep(), STEP_LEAST, STEP_LEAST, HORIZON_MAX);
    long steps = Math.ceilDiv(length.toMillis(), step.toMillis());
    return new Horizon(start, step, (int) Math.min(Integer.MAX_VALUE, steps));
  }

  /** What the tenant's first zone holds for a workload that nothing is known of. */
  private ResourceVector defaultAmount(TenantName tenant) {
    Optional<TrustZoneName> zone =
        config.tenant(tenant).trustZones().stream().min(Comparator.naturalOrder());
    return zone.map(name -> config.zone(name).allocation().defaultAmount())
        .orElse(ResourceVector.ZERO);
  }

  private static void requireOwn(TenantName tenant) {
    if (Caller.current() instanceof Caller.Application application
        && !application.tenant().equals(tenant)) {
      throw new Refusal(new Problem.NotFound(tenant.toString()));
    }
  }
}
