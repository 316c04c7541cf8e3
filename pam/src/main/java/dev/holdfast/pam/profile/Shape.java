package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;

/**
 * The sizes of one member's demand, as far as a wider group may know of them: for each resource the
 * logarithms of its quantiles, and how many samples they rest on. It holds no time, no name, no
 * input and no single sample. Takes 150 bytes.
 */
public final class Shape {
  /** From so many samples on, a member counts fully; one of fewer counts in proportion. */
  static final int SAMPLES_FULL = 25;

  private static final int QUANTILES = Quantile.values().length;

  private final float[] logs;
  private final long samples;

  private Shape(float[] logs, long samples) {
    this.logs = logs;
    this.samples = samples;
  }

  /** That of a profile as it is now. */
  public static Shape of(Profile profile) {
    return of(profile.usage(), profile.sampleCount());
  }

  static Shape of(Quantiles usage, long samples) {
    float[] logs = new float[Resource.values().length * QUANTILES];
    for (Resource resource : Resource.values()) {
      for (Quantile quantile : Quantile.values()) {
        logs[place(resource, quantile)] =
            (float) Math.log1p((double) usage.at(quantile).get(resource));
      }
    }
    return new Shape(logs, samples);
  }

  /** The logarithm of one more than the amount. */
  double log(Resource resource, Quantile quantile) {
    return logs[place(resource, quantile)];
  }

  /** How many samples it rests on. */
  public long samples() {
    return samples;
  }

  /** How much it counts for, 0 to 1. */
  double weight() {
    return Math.min(1, (double) samples / SAMPLES_FULL);
  }

  /** The amount of a logarithm, rounded up. */
  static long amount(double log) {
    return (long) Math.min(Math.ceil(Math.expm1(log) - 1e-6), ResourceVector.AMOUNT_MAX);
  }

  static int place(Resource resource, Quantile quantile) {
    return (resource.number() - 1) * QUANTILES + quantile.number() - 1;
  }
}
