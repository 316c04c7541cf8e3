package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.profile.ProfileLevel;
import java.util.Optional;

/**
 * What a series is of, as far as models are told.
 *
 * @param workloadType the kind of work; empty where that is not known
 * @param level of the profile that it is of; empty where it is of none
 */
public record SeriesKind(Optional<String> workloadType, Optional<ProfileLevel> level) {
  /** Nothing is known. */
  public static final SeriesKind UNKNOWN = new SeriesKind(Optional.empty(), Optional.empty());

  private static final int GOLDEN = 0x9E37_79B9;

  /** The type as a number that hardly any other has, 0 to 65,535; NaN where it is not known. */
  float typeCode() {
    return workloadType.map(type -> (float) ((type.hashCode() * GOLDEN) >>> 16)).orElse(Float.NaN);
  }

  /** What the level bears on the workload itself, 0 to 1; NaN where there is none. */
  float levelBearing() {
    return level.map(known -> (float) known.bearing()).orElse(Float.NaN);
  }
}
