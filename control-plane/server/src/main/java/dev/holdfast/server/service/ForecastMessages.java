package dev.holdfast.server.service;

import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.Blend;
import dev.holdfast.pam.profile.Group;
import dev.holdfast.pam.profile.GroupKey;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.ProfileLevel;
import dev.holdfast.proto.forecast.v1.ForecastError;
import dev.holdfast.proto.forecast.v1.ResourceProfile;
import dev.holdfast.proto.resource.v1.QuantileBand;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.server.wire.ModelWire;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.server.wire.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Profiles and forecasts as the wire has them. */
final class ForecastMessages {
  private ForecastMessages() {}

  static ResourceProfile profile(Profile profile) {
    ProfileKey key = profile.key();
    ResourceProfile.Builder builder =
        ResourceProfile.newBuilder()
            .setName(ProfileName.of(key).toString())
            .setLevel(level(key.level()))
            .setImage(key.image().toString())
            .setUser(key.user().orElse(""))
            .setSampleCount(profile.sampleCount())
            .setQuarantinedSampleCount(profile.quarantinedCount())
            .setUsage(band(profile.usage()));
    profile
        .errors()
        .scores()
        .forEach(
            (lead, scores) ->
                scores.forEach(
                    (resource, score) ->
                        builder.addErrors(
                            ForecastError.newBuilder()
                                .setLead(Write.span(lead.most()))
                                .setMeanPinballLoss(score.meanPinballLoss())
                                .setCoverage(ModelWire.write(resource, score.coverage())))));
    profile.updatedAt().ifPresent(time -> builder.setUpdateTime(Write.time(time)));
    if (!profile.recent().isEmpty()) {
      Instant first = profile.recent().getFirst().startedAt();
      Instant last = profile.recent().getLast().endedAt();
      builder
          .setInterval(ResourceWire.write(new Interval(first, last)))
          .setUsage(
              ResourceWire.bands(List.of(profile.usage()), first, Duration.between(first, last))
                  .getFirst());
    }
    return builder.build();
  }

  /** A group of a tenant's own profiles. */
  static ResourceProfile group(GroupKey key, Group group) {
    ResourceProfile.Builder builder =
        ResourceProfile.newBuilder()
            .setName(ProfileName.of(key).toString())
            .setSampleCount(group.samples())
            .setUsage(band(group.expected()));
    return switch (key) {
      case GroupKey.OfUser(TenantName _, String user) ->
          builder.setLevel(level(ProfileLevel.TENANT_USER)).setUser(user).build();
      case GroupKey.OfTenant _ -> builder.setLevel(level(ProfileLevel.TENANT)).build();
      case GroupKey.OfType(TenantName _, String type) ->
          builder.setLevel(level(ProfileLevel.WORKLOAD_TYPE)).setWorkloadType(type).build();
    };
  }

  /** What is known of a type of work over all tenants. */
  static ResourceProfile type(String workloadType, Blend.Word word) {
    return ResourceProfile.newBuilder()
        .setName(ProfileName.ofType(workloadType))
        .setLevel(level(ProfileLevel.WORKLOAD_TYPE))
        .setWorkloadType(workloadType)
        .setUsage(band(word.expected()))
        .build();
  }

  static dev.holdfast.proto.forecast.v1.Forecast forecast(Workload workload, Forecast forecast) {
    dev.holdfast.proto.forecast.v1.Forecast.Builder builder =
        dev.holdfast.proto.forecast.v1.Forecast.newBuilder()
            .setResourceProfile(profileOf(workload, forecast))
            .setLevel(level(forecast.level()))
            .setModel(forecast.model().isEmpty() ? "" : "models/" + forecast.model())
            .setCreateTime(Write.time(forecast.issuedAt()))
            .addAllBands(ResourceWire.bands(forecast.bands(), forecast.start(), forecast.step()))
            .setConfidence(forecast.confidence());
    forecast.hold().ifPresent(hold -> builder.setHold(ResourceWire.write(hold)));
    forecast
        .coverage()
        .forEach((resource, held) -> builder.addCoverage(ModelWire.write(resource, held)));
    return builder.build();
  }

  /** The profile of the level whose word weighs most. */
  private static String profileOf(Workload workload, Forecast forecast) {
    TenantName tenant = forecast.profile().tenant();
    return switch (forecast.level()) {
      case TENANT_IMAGE_USER, DEFAULT -> ProfileName.of(ProfileKey.of(tenant, workload)).toString();
      case TENANT_IMAGE ->
          ProfileName.of(ProfileKey.of(tenant, workload).levels().getLast()).toString();
      case TENANT_USER ->
          ProfileName.of(new GroupKey.OfUser(tenant, workload.user().orElse(""))).toString();
      case TENANT -> ProfileName.of(new GroupKey.OfTenant(tenant)).toString();
      case WORKLOAD_TYPE -> ProfileName.ofType(workload.workloadType());
    };
  }

  private static QuantileBand band(Quantiles quantiles) {
    return QuantileBand.newBuilder()
        .setP50(ResourceWire.write(quantiles.p50()))
        .setP90(ResourceWire.write(quantiles.p90()))
        .setP95(ResourceWire.write(quantiles.p95()))
        .setP99(ResourceWire.write(quantiles.p99()))
        .build();
  }

  static dev.holdfast.proto.forecast.v1.ProfileLevel level(ProfileLevel level) {
    return switch (level) {
      case TENANT_IMAGE_USER ->
          dev.holdfast.proto.forecast.v1.ProfileLevel.PROFILE_LEVEL_TENANT_IMAGE_USER;
      case TENANT_IMAGE -> dev.holdfast.proto.forecast.v1.ProfileLevel.PROFILE_LEVEL_IMAGE;
      case TENANT_USER -> dev.holdfast.proto.forecast.v1.ProfileLevel.PROFILE_LEVEL_USER;
      case TENANT -> dev.holdfast.proto.forecast.v1.ProfileLevel.PROFILE_LEVEL_TENANT;
      case WORKLOAD_TYPE -> dev.holdfast.proto.forecast.v1.ProfileLevel.PROFILE_LEVEL_WORKLOAD_TYPE;
      case DEFAULT -> dev.holdfast.proto.forecast.v1.ProfileLevel.PROFILE_LEVEL_DEFAULT;
    };
  }
}
