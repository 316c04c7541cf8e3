package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * How far past forecasts of a profile were off, by how far ahead they looked.
 *
 * @param scores for each lead and resource of which anything was forecast or used
 */
public record Errors(Map<Lead, Map<Resource, Score>> scores) {
  /** Nothing compared yet. */
  public static final Errors NONE = new Errors(Map.of());

  /** Copies. */
  public Errors {
    EnumMap<Lead, Map<Resource, Score>> copy = new EnumMap<>(Lead.class);
    scores.forEach((lead, found) -> copy.put(lead, copy(found)));
    scores = Collections.unmodifiableMap(copy);
  }

  /**
   * Forecasts of one resource, compared with what came.
   *
   * @param coverage how often each quantile held
   * @param pinballSum the pinball loss over all four quantiles and all outcomes, in the resource's
   *     unit; at least 0
   */
  public record Score(Coverage coverage, double pinballSum) {
    /** Nothing compared yet. */
    public static final Score NONE = new Score(Coverage.NONE, 0);

    /** The mean pinball loss of a quantile; 0 before the first outcome. */
    public double meanPinballLoss() {
      long quantiles = coverage.outcomes() * Quantile.values().length;
      return quantiles == 0 ? 0 : pinballSum / quantiles;
    }

    Score plus(Resource resource, Quantiles band, long used) {
      double sum = pinballSum;
      for (Quantile quantile : Quantile.values()) {
        sum += quantile.loss((double) band.at(quantile).get(resource), (double) used);
      }
      return new Score(coverage.plus(resource, band, used), sum);
    }
  }

  /**
   * With one more sample.
   *
   * @param lead how far ahead it was forecast
   * @param band what was forecast
   * @param sample what came
   * @param capped the resources in which it was held down: what was wanted then is not known, and
   *     nothing is counted
   */
  public Errors plus(Lead lead, Quantiles band, UsageSample sample, Set<Resource> capped) {
    Map<Resource, Score> found = new EnumMap<>(Resource.class);
    found.putAll(scores.getOrDefault(lead, Map.of()));
    Set<Resource> compared = EnumSet.noneOf(Resource.class);
    compared.addAll(band.p99().max(sample.usage()).present());
    compared.removeAll(capped);
    for (Resource resource : compared) {
      Score before = found.getOrDefault(resource, Score.NONE);
      found.put(resource, before.plus(resource, band, sample.usage().get(resource)));
    }
    EnumMap<Lead, Map<Resource, Score>> all = new EnumMap<>(Lead.class);
    all.putAll(scores);
    all.put(lead, found);
    return new Errors(all);
  }

  /** How often forecasts of each resource held, however far ahead they looked. */
  public Map<Resource, Coverage> coverage() {
    Map<Resource, Coverage> coverage = new EnumMap<>(Resource.class);
    for (Map<Resource, Score> found : scores.values()) {
      found.forEach(
          (resource, score) -> coverage.merge(resource, score.coverage(), Coverage::plus));
    }
    return coverage;
  }

  private static Map<Resource, Score> copy(Map<Resource, Score> scores) {
    EnumMap<Resource, Score> copy = new EnumMap<>(Resource.class);
    copy.putAll(scores);
    return Collections.unmodifiableMap(copy);
  }
}
