package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the members of a group have in common: sums over the logarithms of their quantiles, each
 * member once however much it ran. Immutable; joining and leaving take the same time whatever its
 * size. Takes 600 bytes.
 */
public final class Group {
  private static final int SUMS = Resource.values().length * Quantile.values().length;

  /** Nobody is in it. */
  public static final Group EMPTY = new Group(0, 0, new double[SUMS], new double[SUMS]);

  /** How far members are taken to lie apart before they say so themselves: a factor of two. */
  private static final double SPREAD = Math.log(2);

  /** How many members that guess counts for. */
  private static final double SPREAD_MEMBERS = 1;

  private static final double[] NORMAL = {0, 1.2816, 1.6449, 2.3263};

  private final double weight;
  private final long samples;
  private final double[] sums;
  private final double[] squares;

  private Group(double weight, long samples, double[] sums, double[] squares) {
    this.weight = weight;
    this.samples = samples;
    this.sums = sums;
    this.squares = squares;
  }

  /** With one more member. */
  public Group joined(Shape member) {
    return with(member, 1);
  }

  /** Without one that had joined. */
  public Group left(Shape member) {
    return with(member, -1);
  }

  private Group with(Shape member, int sign) {
    double[] more = sums.clone();
    double[] moreSquares = squares.clone();
    double counts = sign * member.weight();
    for (Resource resource : Resource.values()) {
      for (Quantile quantile : Quantile.values()) {
        double log = member.log(resource, quantile);
        int at = Shape.place(resource, quantile);
        more[at] += counts * log;
        moreSquares[at] += counts * log * log;
      }
    }
    return new Group(weight + counts, samples + sign * member.samples(), more, moreSquares);
  }

  /** Whether nobody is in it. */
  public boolean isEmpty() {
    return samples == 0;
  }

  /** How many members there are, one of few samples being less than one. */
  double members() {
    return weight;
  }

  /** How many samples they rest on. */
  public long samples() {
    return samples;
  }

  /** What it says as a level: each member counts for {@link Shape#SAMPLES_FULL} samples at most. */
  public Blend.Word word(ProfileLevel level) {
    return new Blend.Word(level, weight * Shape.SAMPLES_FULL, expected());
  }

  /**
   * What to expect of one more member: the middle of the medians, and around it what members swing
   * by themselves and what they differ by, as independent parts. The fewer there are, the more they
   * are taken to differ.
   *
   * @throws IllegalStateException if it is empty
   */
  public Quantiles expected() {
    requireMembers();
    return quantiles(
        (resource, quantile) -> {
          int at = Shape.place(resource, quantile);
          double mean = sums[at] / weight;
          double apart = Math.max(0, squares[at] - weight * mean * mean);
          double variance = (apart + SPREAD_MEMBERS * SPREAD * SPREAD) / (weight + SPREAD_MEMBERS);
          return new Middle(mean, Math.sqrt(variance));
        });
  }

  /**
   * The middle of its members' quantiles, as the shape of the group in a wider one.
   *
   * @throws IllegalStateException if it is empty
   */
  Shape shape() {
    requireMembers();
    List<ResourceVector> amounts = new ArrayList<>();
    for (Quantile quantile : Quantile.values()) {
      Map<Resource, Long> at = new EnumMap<>(Resource.class);
      for (Resource resource : Resource.values()) {
        at.put(resource, Shape.amount(sums[Shape.place(resource, quantile)] / weight));
      }
      amounts.add(ResourceVector.of(at));
    }
    return Shape.of(rising(amounts), samples);
  }

  private void requireMembers() {
    if (isEmpty()) {
      throw new IllegalStateException("a group without members says nothing");
    }
  }

  /**
   * Where the members lie.
   *
   * @param mean the middle of the logarithms
   * @param deviation how far they lie apart
   */
  record Middle(double mean, double deviation) {}

  /** Where the members lie in one resource and quantile. */
  interface Middles {
    Middle of(Resource resource, Quantile quantile);
  }

  /** The quantiles to expect of a member that is not known, from where the known ones lie. */
  static Quantiles quantiles(Middles middles) {
    List<ResourceVector> amounts = new ArrayList<>();
    for (Quantile quantile : Quantile.values()) {
      Map<Resource, Long> at = new EnumMap<>(Resource.class);
      for (Resource resource : Resource.values()) {
        boolean used = middles.of(resource, Quantile.P99).mean() > 1e-9;
        if (used) {
          Middle middle = middles.of(resource, quantile);
          double median = middles.of(resource, Quantile.P50).mean();
          double within = Math.max(0, middle.mean() - median);
          double between = NORMAL[quantile.number() - 1] * middle.deviation();
          at.put(resource, Shape.amount(median + Math.hypot(within, between)));
        }
      }
      amounts.add(ResourceVector.of(at));
    }
    return rising(amounts);
  }

  /** The quantiles of amounts that cross by no more than rounding. */
  static Quantiles rising(List<ResourceVector> amounts) {
    ResourceVector p50 = amounts.get(0);
    ResourceVector p90 = p50.max(amounts.get(1));
    ResourceVector p95 = p90.max(amounts.get(2));
    return new Quantiles(p50, p90, p95, p95.max(amounts.get(3)));
  }
}
