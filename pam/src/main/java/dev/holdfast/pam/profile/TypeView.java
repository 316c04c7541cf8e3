package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What tenants may know of a type of work from each other: sizes only, and none that is one
 * tenant's.
 *
 * <ul>
 *   <li>Fewer than {@link #TENANTS_MIN} tenants other than the one that asks: nothing.
 *   <li>Each tenant counts once, however much it runs, by the middle of its images.
 *   <li>The lowest and the highest quarter of the tenants, at least one of each, do not count: so
 *       no tenant alone, true or lying, can move the answer beyond what others show.
 *   <li>Amounts are rounded up to the next of 1, 1.5, 2, 3, 4, 6, 8, 12 and so on.
 * </ul>
 */
public final class TypeView {
  /** The fewest tenants that it is made of. */
  public static final int TENANTS_MIN = 5;

  /** An interquartile range in standard deviations of a normal distribution. */
  private static final double QUARTILES = 1.349;

  private static final double SPREAD = Math.log(2);

  private TypeView() {}

  /**
   * What it says of a workload of a type; empty where too few know of it.
   *
   * @param others what each tenant but the one that asks knows of that type
   */
  public static Optional<Blend.Word> of(List<Group> others) {
    List<Shape> shapes =
        others.stream().filter(group -> group.members() >= 1).map(Group::shape).toList();
    if (shapes.size() < TENANTS_MIN) {
      return Optional.empty();
    }
    Quantiles expected =
        Group.quantiles((resource, quantile) -> middle(shapes, resource, quantile));
    List<ResourceVector> rounded = new ArrayList<>();
    for (Quantile quantile : Quantile.values()) {
      rounded.add(coarse(expected.at(quantile)));
    }
    return Optional.of(
        new Blend.Word(
            ProfileLevel.WORKLOAD_TYPE,
            (double) shapes.size() * Shape.SAMPLES_FULL,
            Group.rising(rounded)));
  }

  private static Group.Middle middle(List<Shape> shapes, Resource resource, Quantile quantile) {
    double[] logs = shapes.stream().mapToDouble(shape -> shape.log(resource, quantile)).toArray();
    Arrays.sort(logs);
    int quarter = Math.max(1, logs.length / 4);
    double[] kept = Arrays.copyOfRange(logs, quarter, logs.length - quarter);
    double mean = Arrays.stream(kept).average().orElseThrow();
    double apart = (kept[kept.length - 1] - kept[0]) / QUARTILES;
    double least = SPREAD / Math.sqrt(1.0 + logs.length);
    return new Group.Middle(mean, Math.max(least, apart));
  }

  private static ResourceVector coarse(ResourceVector amounts) {
    Map<Resource, Long> rounded = new EnumMap<>(Resource.class);
    amounts.asMap().forEach((resource, amount) -> rounded.put(resource, coarse(amount)));
    return ResourceVector.of(rounded);
  }

  private static long coarse(long amount) {
    long power = Long.highestOneBit(amount);
    long half = power + power / 2;
    return amount == power ? amount : amount <= half ? half : Math.min(2 * power, 1L << 50);
  }
}
