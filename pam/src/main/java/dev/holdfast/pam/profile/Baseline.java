package dev.holdfast.pam.profile;

import dev.holdfast.pam.profile.Fingerprint.Component;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a workload, or those of one type, usually behave: mean and spread of their fingerprints,
 * component by component (Welford, 1962).
 *
 * @param version of the fingerprints
 * @param spreads what each component was
 */
public record Baseline(int version, Map<Component, Spread> spreads) {
  /** Nothing seen. */
  public static final Baseline EMPTY = new Baseline(Fingerprint.VERSION, Map.of());

  /** With fewer fingerprints than these a component is not compared. */
  public static final int COUNT_MIN = 8;

  /** More fingerprints than these do not count: older ones fade. */
  public static final int COUNT_MAX = 2048;

  /**
   * No spread is taken as less than this, 5 %: what never moved before may move a little without
   * having gone anywhere.
   */
  public static final double DEVIATION_MIN = 0.05;

  /** What rounding leaves of equal values. */
  private static final double EQUAL = 1e-9;

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

    /** Of one value. */
    public static Spread of(double value) {
      return new Spread(1, value, 0);
    }

    /** With one more value. */
    public Spread plus(double value) {
      Spread known = atMost(COUNT_MAX - 1);
      double step = value - known.mean;
      double middle = known.mean + step / (known.count + 1);
      return new Spread(known.count + 1, middle, known.squares + step * (value - middle));
    }

    /** The same, as if it were of this many values at most. */
    private Spread atMost(long most) {
      return count <= most ? this : new Spread(most, mean, squares * most / count);
    }

    /**
     * This, on top of what others of its kind were, which counts as {@link #COUNT_MIN} values at
     * most. How far apart the two means are is no spread: each varies around its own.
     */
    private Spread over(Spread others) {
      Spread prior = others.atMost(COUNT_MIN);
      long both = count + prior.count;
      return new Spread(
          both, (count * mean + prior.count * prior.mean) / both, squares + prior.squares);
    }

    private boolean always(double value) {
      return squares < EQUAL && Math.abs(value - mean) < EQUAL;
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
                more.merge(component, Spread.of(value), (known, _) -> known.plus(value)));
    return new Baseline(fingerprint.version(), more);
  }

  /**
   * What is usual for one workload: what it has shown, this, on top of what is usual for its type,
   * which counts as {@link #COUNT_MIN} fingerprints at most. So a newcomer is held against its
   * type, and who is known against itself.
   */
  public Baseline over(Baseline type) {
    EnumMap<Component, Spread> both = new EnumMap<>(Component.class);
    both.putAll(spreads);
    if (type.version == version) {
      type.spreads.forEach((component, usual) -> both.merge(component, usual, Spread::over));
    }
    return new Baseline(version, both);
  }

  /**
   * How far a fingerprint is from here, in standard deviations of each component that both know. A
   * component that has only ever had one value, and has it now, tells nothing and is left out;
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
                if (usual != null && usual.count() >= COUNT_MIN && !usual.always(value)) {
                  distance.put(component, (value - usual.mean()) / usual.deviation());
                }
              });
    }
    return distance.isEmpty() ? Optional.empty() : Optional.of(distance);
  }
}
