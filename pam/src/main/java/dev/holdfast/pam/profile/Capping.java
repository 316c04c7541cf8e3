package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Tells where usage was held down by a limit. What was used then says only that this much or more
 * was wanted.
 */
public final class Capping {
  /** From this share of a limit on, usage is taken to be held down by it. */
  public static final double FROM = 0.97;

  /** Above this share of a limit it evidently was not in force, and usage is what was wanted. */
  public static final double TO = 1.1;

  private Capping() {}

  /**
   * The resources in which a sample used all that it was let.
   *
   * @param limits those that were in force for some of its period; what a limit has nothing of, it
   *     does not limit
   */
  public static Set<Resource> of(UsageSample sample, Collection<ResourceVector> limits) {
    EnumSet<Resource> capped = EnumSet.noneOf(Resource.class);
    for (ResourceVector limit : limits) {
      for (Resource resource : limit.present()) {
        double share = (double) sample.usage().get(resource) / limit.get(resource);
        if (share >= FROM && share <= TO) {
          capped.add(resource);
        }
      }
    }
    return Collections.unmodifiableSet(capped);
  }
}
