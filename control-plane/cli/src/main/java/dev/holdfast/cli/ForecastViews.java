package dev.holdfast.cli;

import dev.holdfast.proto.forecast.v1.Coverage;
import dev.holdfast.proto.forecast.v1.Forecast;
import dev.holdfast.proto.forecast.v1.ForecastError;
import dev.holdfast.proto.forecast.v1.ResourceProfile;
import dev.holdfast.proto.resource.v1.QuantileBand;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Profiles and forecasts for people. */
final class ForecastViews {
  private static final int IMAGE_DIGITS = 12;

  private static final Map<String, Function<QuantileBand, ResourceVector>> QUANTILES = quantiles();

  private ForecastViews() {}

  private static Map<String, Function<QuantileBand, ResourceVector>> quantiles() {
    Map<String, Function<QuantileBand, ResourceVector>> quantiles = new LinkedHashMap<>();
    quantiles.put("p50", QuantileBand::getP50);
    quantiles.put("p95", QuantileBand::getP95);
    quantiles.put("p99", QuantileBand::getP99);
    return quantiles;
  }

  static String profiles(List<ResourceProfile> profiles, Instant now) {
    Table table =
        new Table("NAME", "LEVEL", "OF", "SAMPLES", "QUARANTINED", "P50", "P95", "CHANGED");
    for (ResourceProfile profile : profiles) {
      table.row(
          Text.orDash(profile.getName()),
          Text.word(profile.getLevel()),
          of(profile),
          Long.toString(profile.getSampleCount()),
          Long.toString(profile.getQuarantinedSampleCount()),
          AmountOptions.print(profile.getUsage().getP50()),
          AmountOptions.print(profile.getUsage().getP95()),
          Spans.until(profile.hasUpdateTime(), profile.getUpdateTime(), now));
    }
    return table.toString();
  }

  /** What a profile is about, in short. */
  private static String of(ResourceProfile profile) {
    String image = profile.getImage();
    String digits = image.substring(0, Math.min(image.length(), "images/".length() + IMAGE_DIGITS));
    String of =
        switch (profile.getLevel()) {
          case PROFILE_LEVEL_TENANT_IMAGE_USER -> Text.last(digits) + " " + profile.getUser();
          case PROFILE_LEVEL_IMAGE -> Text.last(digits);
          case PROFILE_LEVEL_USER -> profile.getUser();
          case PROFILE_LEVEL_WORKLOAD_TYPE -> profile.getWorkloadType();
          case PROFILE_LEVEL_TENANT,
              PROFILE_LEVEL_DEFAULT,
              PROFILE_LEVEL_UNSPECIFIED,
              UNRECOGNIZED ->
              "";
        };
    return Text.orDash(of);
  }

  static String profile(ResourceProfile profile, Instant now) {
    String facts =
        new Facts("Profile " + profile.getName())
            .fact("level", Text.word(profile.getLevel()))
            .fact("image", profile.getImage())
            .fact("user", profile.getUser())
            .fact("type", profile.getWorkloadType())
            .fact("samples", Long.toString(profile.getSampleCount()))
            .fact("quarantined", Long.toString(profile.getQuarantinedSampleCount()))
            .fact("changed", Spans.until(profile.hasUpdateTime(), profile.getUpdateTime(), now))
            .toString();
    QuantileBand usage = profile.getUsage();
    Table table = new Table("DEMAND", "P50", "P90", "P95", "P99");
    for (Resource resource : AmountOptions.printable()) {
      if (AmountOptions.get(usage.getP99(), resource) > 0) {
        table.row(
            AmountOptions.word(resource),
            amount(usage.getP50(), resource),
            amount(usage.getP90(), resource),
            amount(usage.getP95(), resource),
            amount(usage.getP99(), resource));
      }
    }
    return facts + "\n" + table + errors(profile.getErrorsList());
  }

  private static String errors(List<ForecastError> errors) {
    if (errors.isEmpty()) {
      return "";
    }
    Table table = new Table("AHEAD", "RESOURCE", "OUTCOMES", "LOSS", "P50", "P90", "P95", "P99");
    for (ForecastError error : errors) {
      Coverage held = error.getCoverage();
      table.row(
          Spans.print(Duration.ofSeconds(error.getLead().getSeconds())),
          AmountOptions.word(held.getResource()),
          Long.toString(held.getOutcomeCount()),
          AmountOptions.print(held.getResource(), Math.round(error.getMeanPinballLoss())),
          percent(held.getP50()),
          percent(held.getP90()),
          percent(held.getP95()),
          percent(held.getP99()));
    }
    return "\n" + table;
  }

  /** A forecast: for each resource its quantiles over the time ahead, all to one scale. */
  static String forecast(Forecast forecast) {
    StringBuilder text =
        new StringBuilder(
            new Facts("Forecast for " + forecast.getResourceProfile())
                .fact("level", Text.word(forecast.getLevel()))
                .fact("confidence", "%.2f".formatted(forecast.getConfidence()))
                .fact("model", forecast.getModel())
                .fact("bands", bands(forecast.getBandsList()))
                .fact("to hold", forecast.hasHold() ? AmountOptions.print(forecast.getHold()) : "")
                .toString());
    for (Resource resource : AmountOptions.printable()) {
      long[] highest = amounts(forecast, QuantileBand::getP99, resource);
      long most = Arrays.stream(highest).max().orElse(0);
      if (most > 0) {
        text.append('\n').append(AmountOptions.word(resource)).append('\n');
        QUANTILES.forEach(
            (word, quantile) ->
                text.append(row(word, amounts(forecast, quantile, resource), resource, most)));
      }
    }
    return text.append(coverage(forecast.getCoverageList())).toString();
  }

  private static String row(String word, long[] amounts, Resource resource, long most) {
    long least = Arrays.stream(amounts).min().orElse(0);
    long peak = Arrays.stream(amounts).max().orElse(0);
    String range =
        least == peak
            ? AmountOptions.print(resource, peak)
            : AmountOptions.print(resource, least) + " to " + AmountOptions.print(resource, peak);
    return "  %s  %s  %s\n".formatted(word, Sparkline.of(amounts, most), range);
  }

  private static String coverage(List<Coverage> coverages) {
    if (coverages.stream().allMatch(one -> one.getOutcomeCount() == 0)) {
      return "";
    }
    Table table = new Table("HELD SO FAR", "OUTCOMES", "P50", "P90", "P95", "P99");
    for (Coverage one : coverages) {
      table.row(
          AmountOptions.word(one.getResource()),
          Long.toString(one.getOutcomeCount()),
          percent(one.getP50()),
          percent(one.getP90()),
          percent(one.getP95()),
          percent(one.getP99()));
    }
    return "\n" + table;
  }

  /** A share of one, 0 to 1. */
  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  private static String bands(List<QuantileBand> bands) {
    if (bands.isEmpty()) {
      return "";
    }
    var first = bands.getFirst().getInterval();
    Instant start = Instant.ofEpochSecond(first.getStartTime().getSeconds());
    Instant end = Instant.ofEpochSecond(first.getEndTime().getSeconds());
    return "%d of %s, from %s on"
        .formatted(bands.size(), Spans.print(Duration.between(start, end)), start);
  }

  private static String amount(ResourceVector amounts, Resource resource) {
    return AmountOptions.print(resource, AmountOptions.get(amounts, resource));
  }

  private static long[] amounts(
      Forecast forecast, Function<QuantileBand, ResourceVector> quantile, Resource resource) {
    return forecast.getBandsList().stream()
        .mapToLong(band -> AmountOptions.get(quantile.apply(band), resource))
        .toArray();
  }
}
