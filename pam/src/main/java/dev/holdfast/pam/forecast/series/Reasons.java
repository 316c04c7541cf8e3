package dev.holdfast.pam.forecast.series;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What moved a model's word on one step of a series.
 *
 * @param start the amount that its word starts from: smoothing's median
 * @param usual what the model says of that in the mean over all series
 * @param amount what it says of this one
 * @param strongest what moved it most, the strongest first; at most {@link #STRONGEST_MAX}
 * @param other what everything else did
 */
public record Reasons(
    double start, double usual, double amount, List<Reason> strongest, Effect other) {
  /** Reasons that are told one by one, at most. */
  public static final int STRONGEST_MAX = 6;

  /** Features that are told of one reason, at most. */
  public static final int FEATURES_MAX = 3;

  /** What adds less is not told by itself: it moves an amount by half a per cent at most. */
  static final double ADDED_MIN = 0.005;

  /** Copies. */
  public Reasons {
    strongest = List.copyOf(strongest);
  }

  /**
   * What something did.
   *
   * @param added what it adds to log(1 + 20 · amount / {@link SeriesState#unit unit}), where
   *     effects add up
   * @param change how much more the model says than it would without it
   */
  public record Effect(double added, double change) {}

  /**
   * Columns that say much the same, and what they did together.
   *
   * @param features those that pushed the way that all of them did, the strongest first
   */
  public record Reason(FeatureGroup group, Effect effect, List<Feature> features) {
    /** Keeps the strongest. */
    public Reason {
      double way = Math.signum(effect.added());
      features =
          features.stream()
              .filter(feature -> way * feature.added() > 0)
              .sorted(Comparator.comparingDouble(feature -> -way * feature.added()))
              .limit(FEATURES_MAX)
              .toList();
    }
  }

  /**
   * A column, and what it did.
   *
   * @param value what it said, in its unit, an amount in that of its series; empty where that is
   *     not known or a name
   * @param added what it adds, as in {@link Effect}
   */
  public record Feature(FeatureColumn column, OptionalDouble value, double added) {}
}
