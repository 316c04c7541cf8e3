package dev.holdfast.pam.forecast.series;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What moved a model's word on one step of a series. Effects add up where models speak: each adds
 * to log(1 + 20 · amount / {@link SeriesState#unit unit}).
 *
 * @param start the amount that its word starts from: smoothing's median
 * @param usual what the model says of that in the mean over all series
 * @param amount what it says of this one
 * @param strongest what moved it most, the strongest first; at most {@link #STRONGEST_MAX}
 * @param otherEffect the effects of everything else
 */
public record Reasons(
    double start, double usual, double amount, List<Reason> strongest, double otherEffect) {
  /** Reasons that are told one by one, at most. */
  public static final int STRONGEST_MAX = 6;

  /** Features that are told of one reason, at most. */
  public static final int FEATURES_MAX = 3;

  /** What moves an amount by less than half a per cent is not told by itself. */
  private static final double EFFECT_MIN = 0.005;

  /** Copies. */
  public Reasons {
    strongest = List.copyOf(strongest);
  }

  /**
   * Columns that say much the same, and what they did together.
   *
   * @param effect what they add
   * @param change how much more the model says than it would without them, in the series' unit
   * @param features those that pushed the way that all of them did, the strongest first
   */
  public record Reason(FeatureGroup group, double effect, double change, List<Feature> features) {
    /** Keeps the strongest. */
    public Reason {
      double way = Math.signum(effect);
      features =
          features.stream()
              .filter(feature -> way * feature.effect() > 0)
              .sorted(Comparator.comparingDouble(feature -> -way * feature.effect()))
              .limit(FEATURES_MAX)
              .toList();
    }
  }

  /**
   * A column, and what it did.
   *
   * @param value what it said, in its unit, an amount in that of its series; empty where that is
   *     not known
   * @param effect what it adds
   */
  public record Feature(FeatureColumn column, OptionalDouble value, double effect) {}

  /** All reasons, of which the strongest are kept. */
  static Reasons of(double start, double usual, double amount, List<Reason> reasons) {
    List<Reason> strongest =
        reasons.stream()
            .filter(reason -> Math.abs(reason.effect()) >= EFFECT_MIN)
            .sorted(Comparator.comparingDouble(reason -> -Math.abs(reason.effect())))
            .limit(STRONGEST_MAX)
            .toList();
    double all = reasons.stream().mapToDouble(Reason::effect).sum();
    double told = strongest.stream().mapToDouble(Reason::effect).sum();
    return new Reasons(start, usual, amount, strongest, all - told);
  }
}
