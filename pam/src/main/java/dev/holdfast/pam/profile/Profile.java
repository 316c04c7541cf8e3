package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What has been learnt from the usage of one image and user, or of a wider group.
 *
 * @param key what it is about
 * @param sampleCount samples folded in, all told
 * @param quarantinedCount samples kept out, because they could not be believed
 * @param recent the latest that show demand, none of them capped, in order of their end, at most
 *     {@link #RECENT_MAX}
 * @param sketches how often amounts of each size occurred, over all samples; what was capped is in
 *     them as a lower bound
 * @param coverage how often past forecasts held
 * @param errors how far they were off, by how far ahead they looked
 * @param runs the latest runs in order of their start, at most {@link #RUNS_MAX}
 * @param updatedAt the latest end of a sample, or start or end of a run, that changed it
 */
public record Profile(
    ProfileKey key,
    long sampleCount,
    long quarantinedCount,
    List<UsageSample> recent,
    Map<Resource, Sketch> sketches,
    Map<Resource, Coverage> coverage,
    Errors errors,
    List<Run> runs,
    Optional<Instant> updatedAt) {
  /** The most samples kept one by one. */
  public static final int RECENT_MAX = 1024;

  /** The most runs kept. */
  public static final int RUNS_MAX = 64;

  /** Copies, and refuses what is over its limits. */
  public Profile {
    recent = List.copyOf(recent);
    sketches = copy(sketches);
    coverage = copy(coverage);
    runs = List.copyOf(runs);
    if (recent.size() > RECENT_MAX || runs.size() > RUNS_MAX || sampleCount < recent.size()) {
      throw new IllegalArgumentException(
          recent.size() + " samples kept of " + sampleCount + ", and " + runs.size() + " runs");
    }
  }

  /** One that knows nothing. */
  public static Profile empty(ProfileKey key) {
    return new Profile(
        key, 0, 0, List.of(), Map.of(), Map.of(), Errors.NONE, List.of(), Optional.empty());
  }

  /** The same with other coverage. */
  public Profile covered(Map<Resource, Coverage> counts) {
    return new Profile(
        key, sampleCount, quarantinedCount, recent, sketches, counts, errors, runs, updatedAt);
  }

  /** The same with one more sample compared with its forecast; see {@link Errors#plus}. */
  public Profile scored(Lead lead, Quantiles band, UsageSample sample, Set<Resource> capped) {
    Errors more = errors.plus(lead, band, sample, capped);
    return new Profile(
        key,
        sampleCount,
        quarantinedCount,
        recent,
        sketches,
        more.coverage(),
        more,
        runs,
        updatedAt);
  }

  /** The same with one more sample in quarantine. */
  public Profile quarantined() {
    return new Profile(
        key,
        sampleCount,
        quarantinedCount + 1,
        recent,
        sketches,
        coverage,
        errors,
        runs,
        updatedAt);
  }

  /** The same without its samples one by one: what they taught otherwise stays. */
  public Profile withoutRecent() {
    return new Profile(
        key, sampleCount, quarantinedCount, List.of(), sketches, coverage, errors, runs, updatedAt);
  }

  /** What it says as a level. */
  public Blend.Word word() {
    return new Blend.Word(key.level(), sampleCount, usage());
  }

  /** Quantiles of all past demand, as far as it was seen. */
  public Quantiles usage() {
    return new Quantiles(at(Quantile.P50), at(Quantile.P90), at(Quantile.P95), at(Quantile.P99));
  }

  /**
   * The run that a sample is of: the one under whose reservation it was metered, else the latest
   * that its period overlaps.
   */
  public Optional<Run> runOf(UsageSample sample) {
    Optional<Run> found = Optional.empty();
    for (Run run : runs) {
      if (run.metered(sample)) {
        return Optional.of(run);
      }
      if (run.covers(sample)) {
        found = Optional.of(run);
      }
    }
    return found;
  }

  /** The recent samples by their run, both in order; samples of no known run are left out. */
  public Map<Run, List<UsageSample>> samplesByRun() {
    Map<Run, List<UsageSample>> byRun = new HashMap<>();
    for (UsageSample sample : recent) {
      runOf(sample)
          .ifPresent(run -> byRun.computeIfAbsent(run, _ -> new ArrayList<>()).add(sample));
    }
    Map<Run, List<UsageSample>> ordered = new LinkedHashMap<>();
    for (Run run : runs) {
      List<UsageSample> samples = byRun.get(run);
      if (samples != null) {
        ordered.put(run, List.copyOf(samples));
      }
    }
    return Collections.unmodifiableMap(ordered);
  }

  private ResourceVector at(Quantile quantile) {
    EnumMap<Resource, Long> amounts = new EnumMap<>(Resource.class);
    sketches.forEach(
        (resource, sketch) -> amounts.put(resource, sketch.quantile(quantile.probability())));
    return ResourceVector.of(amounts);
  }

  private static <V> Map<Resource, V> copy(Map<Resource, V> map) {
    EnumMap<Resource, V> copy = new EnumMap<>(Resource.class);
    copy.putAll(map);
    return Collections.unmodifiableMap(copy);
  }
}
