package dev.holdfast.server.service;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.ProfileLevel;
import dev.holdfast.proto.forecast.v1.Coverage;
import dev.holdfast.proto.forecast.v1.ForecastDemandRequest;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc;
import dev.holdfast.proto.forecast.v1.GetResourceProfileRequest;
import dev.holdfast.proto.forecast.v1.ListResourceProfilesRequest;
import dev.holdfast.proto.forecast.v1.ListResourceProfilesResponse;
import dev.holdfast.proto.forecast.v1.ResourceProfile;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.server.wire.Write;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** {@code ForecastService}: profiles, and forecasts made from them. */
final class ForecastEndpoint extends ForecastServiceGrpc.ForecastServiceImplBase {
  private static final Duration HORIZON_DEFAULT = Duration.ofHours(1);
  private static final Duration HORIZON_MAX = Duration.ofDays(7);
  private static final Duration STEP_LEAST = Duration.ofMillis(100);

  private final ServerConfig config;
  private final Learning learning;
  private final InstantSource clock;

  ForecastEndpoint(ServerConfig config, Learning learning, InstantSource clock) {
    this.config = config;
    this.learning = learning;
    this.clock = clock;
  }

  @Override
  public void getResourceProfile(
      GetResourceProfileRequest request, StreamObserver<ResourceProfile> out) {
    Unary.answer(
        out,
        "ForecastService/GetResourceProfile",
        () -> {
          ProfileName name = ProfileName.parse(Read.required("name", request.getName()));
          requireOwn(name.tenant());
          return learning.profiles().stream()
              .filter(profile -> ProfileName.of(profile.key()).equals(name))
              .findFirst()
              .map(ForecastEndpoint::message)
              .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
        });
  }

  @Override
  public void listResourceProfiles(
      ListResourceProfilesRequest request, StreamObserver<ListResourceProfilesResponse> out) {
    Unary.answer(
        out,
        "ForecastService/ListResourceProfiles",
        () -> {
          TenantName tenant = TenantName.parse(Read.required("parent", request.getParent()));
          requireOwn(tenant);
          List<ResourceProfile> profiles =
              learning.profiles().stream()
                  .filter(profile -> profile.key().tenant().equals(tenant))
                  .map(ForecastEndpoint::message)
                  .sorted(Comparator.comparing(ResourceProfile::getName))
                  .toList();
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
          TenantName tenant = TenantName.parse(Read.required("parent", request.getParent()));
          if (Caller.current() instanceof Caller.Application application
              && !application.tenant().equals(tenant)) {
            throw new Refusal(
                new AccessProblem.RoleRefused(
                    application.label(), "ask for a tenant that is not its own"));
          }
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
          return message(learning.next(tenant, workload, horizon, defaultAmount(tenant), now));
        });
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

  private static ResourceProfile message(Profile profile) {
    ProfileKey key = profile.key();
    ResourceProfile.Builder builder =
        ResourceProfile.newBuilder()
            .setName(ProfileName.of(key).toString())
            .setLevel(level(key.level()))
            .setImage(key.image().toString())
            .setUser(key.user().orElse(""))
            .setSampleCount(profile.sampleCount());
    if (!profile.recent().isEmpty()) {
      Instant first = profile.recent().getFirst().startedAt();
      Instant last = profile.recent().getLast().endedAt();
      builder
          .setInterval(ResourceWire.write(new dev.holdfast.pam.model.Interval(first, last)))
          .setUsage(
              ResourceWire.bands(List.of(profile.usage()), first, Duration.between(first, last))
                  .getFirst())
          .setUpdateTime(Write.time(last));
    }
    return builder.build();
  }

  private static dev.holdfast.proto.forecast.v1.ProfileLevel level(ProfileLevel level) {
    return switch (level) {
      case TENANT_IMAGE_USER ->
          dev.holdfast.proto.forecast.v1.ProfileLevel.PROFILE_LEVEL_TENANT_IMAGE_USER;
      case TENANT_IMAGE -> dev.holdfast.proto.forecast.v1.ProfileLevel.PROFILE_LEVEL_IMAGE;
      case DEFAULT -> dev.holdfast.proto.forecast.v1.ProfileLevel.PROFILE_LEVEL_DEFAULT;
    };
  }

  private static dev.holdfast.proto.forecast.v1.Forecast message(Forecast forecast) {
    dev.holdfast.proto.forecast.v1.Forecast.Builder builder =
        dev.holdfast.proto.forecast.v1.Forecast.newBuilder()
            .setResourceProfile(ProfileName.of(forecast.profile()).toString())
            .setLevel(level(forecast.level()))
            .setModel(forecast.model().isEmpty() ? "" : "models/" + forecast.model())
            .setCreateTime(Write.time(forecast.issuedAt()))
            .addAllBands(ResourceWire.bands(forecast.bands(), forecast.start(), forecast.step()))
            .setConfidence(forecast.confidence());
    forecast
        .coverage()
        .forEach((resource, coverage) -> builder.addCoverage(message(resource, coverage)));
    return builder.build();
  }

  private static Coverage message(Resource resource, dev.holdfast.pam.profile.Coverage coverage) {
    return Coverage.newBuilder()
        .setResource(dev.holdfast.proto.resource.v1.Resource.valueOf("RESOURCE_" + resource.name()))
        .setOutcomeCount(coverage.outcomes())
        .setP50(coverage.share(dev.holdfast.pam.model.Quantile.P50))
        .setP90(coverage.share(dev.holdfast.pam.model.Quantile.P90))
        .setP95(coverage.share(dev.holdfast.pam.model.Quantile.P95))
        .setP99(coverage.share(dev.holdfast.pam.model.Quantile.P99))
        .build();
  }
}
