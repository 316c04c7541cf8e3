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
 * What is expected where several levels have something to say: each has a share of n / (n + {@link
 * #SAMPLES_HALF}) for its n samples, and leaves the rest to the next wider one; the policy's
 * default takes what is left.
 *
 * <p>So a level that knows little widens towards what the wider ones say, and its word takes over
 * as samples come.
 *
 * @param expected the quantiles
 * @param level the one with the greatest share among those that know anything; DEFAULT where none
 *     does
 * @param confidence how sure it is, 0 to 1: the mean of {@link ProfileLevel#bearing}, weighed by
 *     the levels' shares
 */
public record Blend(Quantiles expected, ProfileLevel level, double confidence) {
  /** At so many samples a level's own word weighs as much as all that it falls back on. */
  public static final double SAMPLES_HALF = 20;

  /**
   * What one level says.
   *
   * @param level which one
   * @param samples how many samples it counts for, at least 0
   * @param expected what it expects
   */
  public record Word(ProfileLevel level, double samples, Quantiles expected) {
    /** Its share of what is left to it, 0 to 1. */
    public double share() {
      return samples / (samples + SAMPLES_HALF);
    }
  }

  /**
   * Blends.
   *
   * @param words most specific first
   * @param byDefault the policy's amount where nothing is known
   */
  public static Blend of(List<Word> words, ResourceVector byDefault) {
    Quantiles expected = Quantiles.constant(byDefault);
    for (Word word : words.reversed()) {
      expected = mixed(word.expected(), expected, word.share());
    }
    double left = 1;
    double greatest = 0;
    double confidence = 0;
    ProfileLevel level = ProfileLevel.DEFAULT;
    for (Word word : words) {
      double share = left * word.share();
      left -= share;
      confidence += share * word.level().bearing();
      if (share > greatest) {
        greatest = share;
        level = word.level();
      }
    }
    return new Blend(expected, level, confidence);
  }

  private static Quantiles mixed(Quantiles own, Quantiles wider, double share) {
    List<ResourceVector> amounts = new ArrayList<>();
    for (Quantile quantile : Quantile.values()) {
      Map<Resource, Long> at = new EnumMap<>(Resource.class);
      for (Resource resource : Resource.values()) {
        long far = wider.at(quantile).get(resource);
        long near = own.at(quantile).get(resource);
        at.put(resource, (long) Math.ceil(far + share * (near - far)));
      }
      amounts.add(ResourceVector.of(at));
    }
    return Group.rising(amounts);
  }
}
