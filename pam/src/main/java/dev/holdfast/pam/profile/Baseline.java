package dev.holdfast.pam.profile;

import dev.holdfast.pam.profile.Fingerprint.Component;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * How workloads of one type usually behave: mean and spread of their fingerprints, component by
 * component (Welford, 1962).
 *
 * @param version of the fingerprints
 * @param spreads what each component was
 */
public record Baseline(int version, Map<Component, Spread> spreads) {
  /** Nothing seen. */
  public static final Baseline EMPTY = new Baseline(Fingerprint.VERSION, Map.of());

  /** With fewer fingerprints than these a component is not compared. */
  public static final int COUNT_MIN = 8;

  /**
   * No spread is taken as less than this, 5 %: what never moved before may move a little without
   * having gone anywhere.
   */
  public static final double DEVIATION_MIN = 0.05;

  /**
   * What one component was.
   *
   * @param count in how many fingerprints
   * @param mean its mean
   * @param squares the sum of its squared distances from the mean, at least 0
   */
  public record Spread(long count, double mean, double squares) {
    /** Refuses what cannot be. */
    public Spread {
      if (count < 1 || !Double.isFinite(mean) || !(squares >= 0 && Double.isFinite(squares))) {
        throw new IllegalArgumentException("a spread of " + count + " values around " + mean);
      }
    }

    /** With one more value. */
    public Spread plus(double value) {
      double step = value - mean;
      double middle = mean + step / (count + 1);
      return new Spread(count + 1, middle, squares + step * (value - middle));
    }

    /** The standard deviation, at least {@link #DEVIATION_MIN}. */
    public double deviation() {
      return count < 2 ? DEVIATION_MIN : Math.max(DEVIATION_MIN, Math.sqrt(squares / (count - 1)));
    }
  }

  /** Copies. */
  public Baseline {
    EnumMap<Component, Spread> copy = new EnumMap<>(Component.class);
    copy.putAll(spreads);
    spreads = Collections.unmodifiableMap(copy);
  }

  /** With one more fingerprint; one of another version begins a new baseline. */
  public Baseline plus(Fingerprint fingerprint) {
    EnumMap<Component, Spread> more = new EnumMap<>(Component.class);
    if (fingerprint.version() == version) {
      more.putAll(spreads);
    }
    fingerprint
        .components()
        .forEach(
            (component, value) ->
                more.merge(component, new Spread(1, value, 0), (known, _) -> known.plus(value)));
    return new Baseline(fingerprint.version(), more);
  }

  /**
   * How far a fingerprint is from here, in standard deviations of each component that both know;
   * empty where too little is known to tell.
   */
  public Optional<Map<Component, Double>> distance(Fingerprint fingerprint) {
    EnumMap<Component, Double> distance = new EnumMap<>(Component.class);
    if (fingerprint.version() == version) {
      fingerprint
          .components()
          .forEach(
              (component, value) -> {
                Spread usual = spreads.get(component);
                if (usual != null && usual.count() >= COUNT_MIN) {
                  distance.put(component, (value - usual.mean()) / usual.deviation());
                }
              });
    }
    return distance.isEmpty() ? Optional.empty() : Optional.of(distance);
  }
}
