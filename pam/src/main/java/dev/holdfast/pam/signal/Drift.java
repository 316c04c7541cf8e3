package dev.holdfast.pam.signal;

import dev.holdfast.pam.profile.Baseline;
import dev.holdfast.pam.profile.Fingerprint;
import dev.holdfast.pam.profile.Fingerprint.Component;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A move of a workload's fingerprint away from its baseline.
 *
 * @param version of the fingerprints compared
 * @param magnitude how far, in standard deviations: the root of the mean square over the components
 *     compared, at least 0; ordinary is about 1
 * @param direction where to: a vector of length 1 over the components compared (of zeros where the
 *     magnitude is 0)
 */
public record Drift(int version, double magnitude, Map<Component, Double> direction) {
  /** Drifts with directions further apart than this cosine have nothing to do with each other. */
  private static final double ALIGNMENT_MIN = 0.7;

  /** Nor have drifts of more than this many times each other's magnitude. */
  private static final double MAGNITUDE_FACTOR = 2;

  /** Copies, and refuses what contradicts itself. */
  public Drift {
    EnumMap<Component, Double> copy = new EnumMap<>(Component.class);
    copy.putAll(direction);
    direction = Collections.unmodifiableMap(copy);
    double length = Math.sqrt(direction.values().stream().mapToDouble(part -> part * part).sum());
    if (!(magnitude >= 0)
        || direction.isEmpty()
        || Math.abs(length - (magnitude > 0 ? 1 : 0)) > 1e-6) {
      throw new IllegalArgumentException(
          "a drift of " + magnitude + " in a direction of length " + length);
    }
  }

  /** From a baseline to a fingerprint; empty where too little is known to tell. */
  public static Optional<Drift> between(Baseline baseline, Fingerprint fingerprint) {
    return baseline.distance(fingerprint).map(distance -> of(fingerprint.version(), distance));
  }

  private static Drift of(int version, Map<Component, Double> distance) {
    double squares = distance.values().stream().mapToDouble(part -> part * part).sum();
    double length = Math.sqrt(squares);
    EnumMap<Component, Double> direction = new EnumMap<>(Component.class);
    distance.forEach(
        (component, part) -> direction.put(component, length == 0 ? 0 : part / length));
    return new Drift(version, Math.sqrt(squares / distance.size()), direction);
  }

  /**
   * The magnitude from which on behaviour has moved: chance brings as much once in a thousand
   * looks, whether one component is compared (3.3), five are (2.0) or nine (1.8). It is within 0.02
   * of the root of that quantile of a chi-squared distribution, divided by the number of
   * components.
   */
  public double threshold() {
    return 1 + 2.3 / Math.sqrt(direction.size());
  }

  /** Whether behaviour has moved, and not just varied. */
  public boolean moved() {
    return magnitude >= threshold();
  }

  /** The cosine of the angle between two directions, -1 to 1; what one does not have is 0 in it. */
  public double alignment(Drift other) {
    double sum = 0;
    for (Map.Entry<Component, Double> part : direction.entrySet()) {
      sum += part.getValue() * other.direction.getOrDefault(part.getKey(), 0.0);
    }
    return Math.clamp(sum, -1, 1);
  }

  /** How alike two drifts are, by direction and magnitude: from 0, not at all, to 1, the same. */
  public double similarity(Drift other) {
    if (other.version != version || magnitude == 0 || other.magnitude == 0) {
      return 0;
    }
    double angle = (alignment(other) - ALIGNMENT_MIN) / (1 - ALIGNMENT_MIN);
    double size = 1 - Math.abs(Math.log(magnitude / other.magnitude)) / Math.log(MAGNITUDE_FACTOR);
    return Math.max(0, angle) * Math.max(0, size);
  }

  /** What moved most, as a sentence without a full stop. */
  public String words() {
    Map.Entry<Component, Double> most =
        Collections.max(
            direction.entrySet(),
            Map.Entry.comparingByValue((a, b) -> Double.compare(Math.abs(a), Math.abs(b))));
    return String.format(
        Locale.ROOT,
        "behaves %.1f standard deviations from what is usual for it, most of all in %s,"
            + " which %s",
        magnitude,
        most.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' '),
        most.getValue() > 0 ? "rose" : "fell");
  }
}
