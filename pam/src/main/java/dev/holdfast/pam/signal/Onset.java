package dev.holdfast.pam.signal;

import dev.holdfast.pam.model.Resource;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * A drift as it begins: how behaviour moves, and how far from usual usage is then.
 *
 * @param drift how behaviour moves
 * @param excess by resource, what is used over what the workload usually used, {@code 1 /
 *     FACTOR_MAX} to {@code FACTOR_MAX}; absent where that is not known
 */
public record Onset(Drift drift, Map<Resource, Double> excess) {
  /** No more than this many times as much, or as little, counts. */
  public static final double FACTOR_MAX = 8;

  /** Copies, and keeps within the limits. */
  public Onset {
    excess = limited(excess);
  }

  /** The natural logarithm of the excess; 0, as usual, where that is not known. */
  double away(Resource resource) {
    return Math.log(excess.getOrDefault(resource, 1.0));
  }

  /** The same factors, none of them out of its limits. */
  static Map<Resource, Double> limited(Map<Resource, Double> factors) {
    EnumMap<Resource, Double> copy = new EnumMap<>(Resource.class);
    factors.forEach(
        (resource, factor) -> copy.put(resource, Math.clamp(factor, 1 / FACTOR_MAX, FACTOR_MAX)));
    return Collections.unmodifiableMap(copy);
  }
}
