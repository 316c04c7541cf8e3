package dev.holdfast.pam.signal;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Fingerprint;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * One look at a workload.
 *
 * @param fingerprint how it behaves now
 * @param used by resource, what it uses on average; absent is nothing
 * @param load by resource, the share of what is held that it uses, 0 to 1; absent is 0
 * @param sample the latest that the look is at
 */
public record Look(
    Fingerprint fingerprint,
    Map<Resource, Double> used,
    Map<Resource, Double> load,
    UsageSample sample) {
  /** Samples that one look is at. */
  public static final int SAMPLES = 30;

  /** Copies. */
  public Look {
    used = Map.copyOf(used);
    load = Map.copyOf(load);
  }

  /**
   * A look at these samples.
   *
   * @param samples in order of time, of one workload; at least {@link Fingerprint#SAMPLES_MIN}
   * @param held what is held for it
   */
  public static Look of(List<UsageSample> samples, ResourceVector held) {
    EnumMap<Resource, Double> used = new EnumMap<>(Resource.class);
    for (UsageSample sample : samples) {
      for (Resource resource : sample.usage().present()) {
        double part = (double) sample.usage().get(resource) / samples.size();
        used.merge(resource, part, Double::sum);
      }
    }
    EnumMap<Resource, Double> load = new EnumMap<>(Resource.class);
    used.forEach(
        (resource, amount) -> {
          long most = held.get(resource);
          load.put(resource, most == 0 ? 0 : Math.clamp(amount / most, 0, 1));
        });
    return new Look(Fingerprint.of(samples), used, load, samples.getLast());
  }
}
