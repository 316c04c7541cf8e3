package dev.holdfast.pam.model;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An amount of every resource, each 0 to 2^50 in the resource's own unit; absent is zero, never
 * "unlimited".
 */
public final class ResourceVector {
  /** The largest amount of one resource. */
  public static final long AMOUNT_MAX = 1L << 50;

  /** Asked for once: every {@link Resource#values} is another array. */
  private static final Resource[] RESOURCES = Resource.values();

  /** Nothing of anything. */
  public static final ResourceVector ZERO = new ResourceVector(new long[RESOURCES.length]);

  private final long[] amounts;

  private ResourceVector(long[] amounts) {
    this.amounts = amounts;
  }

  /**
   * The amounts given, and zero of the rest.
   *
   * @throws Refusal with {@link Problem.Amount} if one is out of range
   */
  public static ResourceVector of(Map<Resource, Long> amounts) {
    long[] values = new long[RESOURCES.length];
    amounts.forEach((resource, amount) -> values[resource.index()] = checked(resource, amount));
    return new ResourceVector(values);
  }

  /**
   * An amount of one resource, and zero of the rest.
   *
   * @throws Refusal with {@link Problem.Amount} if it is out of range
   */
  public static ResourceVector of(Resource resource, long amount) {
    return ZERO.with(resource, amount);
  }

  /**
   * The same with another amount of one resource.
   *
   * @throws Refusal with {@link Problem.Amount} if it is out of range
   */
  public ResourceVector with(Resource resource, long amount) {
    long[] values = amounts.clone();
    values[resource.index()] = checked(resource, amount);
    return new ResourceVector(values);
  }

  /** The amount of one resource, 0 to 2^50. */
  public long get(Resource resource) {
    return amounts[resource.index()];
  }

  /**
   * The exact sum.
   *
   * @throws Refusal with {@link Problem.Amount} if a sum is above 2^50
   */
  public ResourceVector plus(ResourceVector other) {
    return combine(other, Long::sum);
  }

  /**
   * The exact difference.
   *
   * @throws Refusal with {@link Problem.Amount} if a difference is below zero
   */
  public ResourceVector minus(ResourceVector other) {
    return combine(other, (mine, theirs) -> mine - theirs);
  }

  /** The difference, zero where the other has more. */
  public ResourceVector saturatingMinus(ResourceVector other) {
    return combine(other, (mine, theirs) -> Math.max(0, mine - theirs));
  }

  /** The larger of the two in each resource. */
  public ResourceVector max(ResourceVector other) {
    return combine(other, Math::max);
  }

  /** The smaller of the two in each resource. */
  public ResourceVector min(ResourceVector other) {
    return combine(other, Math::min);
  }

  /**
   * Each amount times the factor, rounded up.
   *
   * @param factor finite, at least 0
   * @throws Refusal with {@link Problem.Amount} if a product is above 2^50
   */
  public ResourceVector scale(double factor) {
    if (!Double.isFinite(factor) || factor < 0) {
      throw new IllegalArgumentException("a factor is finite and at least 0, not " + factor);
    }
    long[] values = new long[amounts.length];
    for (Resource resource : RESOURCES) {
      double product = Math.ceil(amounts[resource.index()] * factor);
      values[resource.index()] = checked(resource, (long) product);
    }
    return new ResourceVector(values);
  }

  /** The same in the resources given, zero in the rest. */
  public ResourceVector restrictedTo(Set<Resource> resources) {
    long[] values = new long[amounts.length];
    for (Resource resource : resources) {
      values[resource.index()] = amounts[resource.index()];
    }
    return new ResourceVector(values);
  }

  /** Whether no amount is above the other's. */
  public boolean fitsWithin(ResourceVector other) {
    for (int i = 0; i < amounts.length; i++) {
      if (amounts[i] > other.amounts[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether every amount is zero. */
  public boolean isZero() {
    return equals(ZERO);
  }

  /** The resources of which there is more than nothing, in their order. */
  public Set<Resource> present() {
    EnumSet<Resource> present = EnumSet.noneOf(Resource.class);
    for (Resource resource : RESOURCES) {
      if (amounts[resource.index()] > 0) {
        present.add(resource);
      }
    }
    return Collections.unmodifiableSet(present);
  }

  /** The amounts that are more than nothing, in the resources' order. */
  public Map<Resource, Long> asMap() {
    EnumMap<Resource, Long> map = new EnumMap<>(Resource.class);
    for (Resource resource : present()) {
      map.put(resource, amounts[resource.index()]);
    }
    return Collections.unmodifiableMap(map);
  }

  private ResourceVector combine(ResourceVector other, LongBinaryOperator operator) {
    long[] values = new long[amounts.length];
    for (Resource resource : RESOURCES) {
      int i = resource.index();
      values[i] = checked(resource, operator.applyAsLong(amounts[i], other.amounts[i]));
    }
    return new ResourceVector(values);
  }

  private static long checked(Resource resource, long amount) {
    if (amount < 0 || amount > AMOUNT_MAX) {
      throw new Refusal(new Problem.Amount(resource.name(), "0 to 2^50", Long.toString(amount)));
    }
    return amount;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ResourceVector vector && Arrays.equals(amounts, vector.amounts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(amounts);
  }

  /** The amounts that are more than nothing, such as {@code {CPU_MILLICORES=500}}. */
  @Override
  public String toString() {
    return asMap().toString();
  }
}
