package dev.holdfast.store.series;

import dev.holdfast.pam.profile.ProfileKey;

/**
 * A profile as the series knows it.
 *
 * @param name its full name, 1 to {@link #NAME_MAX} characters
 * @param key whose usage, of what and for whom
 */
public record SeriesProfile(String name, ProfileKey key) {
  /** The longest name, in characters. */
  public static final int NAME_MAX = 512;

  /** Refuses other names. */
  public SeriesProfile {
    if (name.isEmpty() || name.length() > NAME_MAX) {
      throw new IllegalArgumentException("a profile's name has 1 to 512 characters");
    }
  }
}
