package dev.holdfast.server.learn.model;

import dev.holdfast.pam.forecast.series.SeriesKind;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.server.learn.LatestOf;
import java.util.Map;
import java.util.Optional;

/** What kind of work each workload last did, as far as that is known. Safe for several threads. */
public final class WorkloadTypes {
  private final Map<ProfileKey, String> types;

  /**
   * None is known.
   *
   * @param most so many are kept; the one least recently touched gives way
   */
  public WorkloadTypes(int most) {
    types = new LatestOf<>(most);
  }

  /** A workload did some work; of a type that is not known it changes nothing. */
  synchronized void note(ProfileKey key, Optional<String> workloadType) {
    workloadType.ifPresent(type -> types.put(key, type));
  }

  /** What the series of a workload are of. */
  synchronized SeriesKind kind(ProfileKey key) {
    return new SeriesKind(Optional.ofNullable(types.get(key)), Optional.of(key.level()));
  }
}
