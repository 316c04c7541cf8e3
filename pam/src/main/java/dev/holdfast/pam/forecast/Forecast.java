package dev.holdfast.pam.forecast;

import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.profile.Coverage;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.ProfileLevel;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Demand for the steps ahead.
 *
 * @param profile what it is about
 * @param level how specific the knowledge is that it rests on
 * @param model the id of the model that made it; {@link #EMPIRICAL} where past usage as such did;
 *     empty at level DEFAULT
 * @param issuedAt when it was made
 * @param start when the first band starts, after it was made
 * @param step the length of a band, above zero
 * @param bands consecutive bands without gaps, earliest first, 1 to 2016
 * @param hold how much to hold so that many workloads together seldom run short; empty where that
 *     is not known
 * @param coverage how often past forecasts of the profile held
 * @param confidence how sure it is, 0 to 1: the weight of the profile's own samples
 */
public record Forecast(
    ProfileKey profile,
    ProfileLevel level,
    String model,
    Instant issuedAt,
    Instant start,
    Duration step,
    List<Quantiles> bands,
    Optional<ResourceVector> hold,
    Map<Resource, Coverage> coverage,
    double confidence) {
  /** The most bands. */
  public static final int BANDS_MAX = 2016;

  /** The model of a forecast that is past usage as such. */
  public static final String EMPIRICAL = "empirical";

  /** Refuses what contradicts itself. */
  public Forecast {
    bands = List.copyOf(bands);
    EnumMap<Resource, Coverage> counts = new EnumMap<>(Resource.class);
    counts.putAll(coverage);
    coverage = Collections.unmodifiableMap(counts);
    if (bands.isEmpty() || bands.size() > BANDS_MAX || !step.isPositive()) {
      throw new IllegalArgumentException(
          "a forecast has 1 to 2016 bands of some length, not " + bands.size() + " of " + step);
    }
    if (!start.isAfter(issuedAt)) {
      throw new IllegalArgumentException("a forecast starts after it was made");
    }
    if (!(confidence >= 0 && confidence <= 1)) {
      throw new IllegalArgumentException("confidence is 0 to 1, not " + confidence);
    }
    if (model.isEmpty() != (level == ProfileLevel.DEFAULT)) {
      throw new IllegalArgumentException("only a default has no model");
    }
  }

  /** The most that is demanded at a quantile in any band. */
  public ResourceVector peak(Quantile quantile) {
    ResourceVector peak = ResourceVector.ZERO;
    for (Quantiles band : bands) {
      peak = peak.max(band.at(quantile));
    }
    return peak;
  }

  /**
   * How much to hold for all of it.
   *
   * @param quantile the highest band at this quantile; empty: as much as it says to hold, and where
   *     it does not say, the highest band at p90
   */
  public ResourceVector amount(Optional<Quantile> quantile) {
    return quantile.map(this::peak).or(() -> hold).orElseGet(() -> peak(Quantile.P90));
  }

  /** What it covers. */
  public Interval interval() {
    return Interval.from(start, step.multipliedBy(bands.size()));
  }

  /** The band that a time lies in; empty outside of it. */
  public Optional<Quantiles> bandAt(Instant time) {
    if (!interval().contains(time)) {
      return Optional.empty();
    }
    return Optional.of(bands.get((int) Duration.between(start, time).dividedBy(step)));
  }
}
