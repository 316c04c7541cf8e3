package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Folds usage and runs into profiles. */
public final class Profiles {
  /** The fewest samples that a forecast rests on. */
  public static final int SAMPLES_MIN = 20;

  private Profiles() {}

  /** With one more sample that nothing held down. */
  public static Profile fold(Profile profile, UsageSample sample) {
    return fold(profile, sample, Set.of());
  }

  /**
   * With one more sample, wherever its time puts it. A repeat (same subject and sequence) changes
   * nothing; so does one older than all that a full profile keeps, as it could be a repeat. A
   * repeat of what was capped is not known again: the usage series lets none through.
   *
   * @param capped the resources in which it used all that it was let: more may have been wanted, so
   *     they count as lower bounds, and the sample is not kept among those that show demand
   */
  public static Profile fold(Profile profile, UsageSample sample, Set<Resource> capped) {
    List<UsageSample> recent = profile.recent();
    boolean full = recent.size() == Profile.RECENT_MAX;
    if (full && !sample.endedAt().isAfter(recent.getFirst().endedAt())) {
      return profile;
    }
    int at = recent.size();
    for (int i = recent.size() - 1; i >= 0; i--) {
      UsageSample other = recent.get(i);
      if (other.sequence() == sample.sequence() && other.subject().equals(sample.subject())) {
        return profile;
      }
      if (i == at - 1 && other.endedAt().isAfter(sample.endedAt())) {
        at = i;
      }
    }
    List<UsageSample> kept = recent;
    if (capped.isEmpty()) {
      kept = new ArrayList<>(recent);
      kept.add(at, sample);
    }
    Map<Resource, Sketch> sketches = new EnumMap<>(Resource.class);
    for (Resource resource : Resource.values()) {
      Sketch sketch = profile.sketches().getOrDefault(resource, Sketch.EMPTY);
      long used = sample.usage().get(resource);
      sketches.put(
          resource, capped.contains(resource) ? sketch.plusAtLeast(used) : sketch.plus(used));
    }
    return new Profile(
        profile.key(),
        profile.sampleCount() + 1,
        profile.quarantinedCount(),
        kept.subList(Math.max(0, kept.size() - Profile.RECENT_MAX), kept.size()),
        sketches,
        profile.coverage(),
        profile.errors(),
        profile.runs(),
        later(profile, sample.endedAt()));
  }

  /** With a run that began; one that is known already changes nothing. */
  public static Profile runStarted(Profile profile, Run run) {
    List<Run> runs = new ArrayList<>(profile.runs());
    if (runs.stream().anyMatch(known -> known.reservation().equals(run.reservation()))) {
      return profile;
    }
    int at = runs.size();
    while (at > 0 && runs.get(at - 1).startedAt().isAfter(run.startedAt())) {
      at--;
    }
    runs.add(at, run);
    int surplus = Math.max(0, runs.size() - Profile.RUNS_MAX);
    return with(profile, runs.subList(surplus, runs.size()), run.startedAt());
  }

  /** With a run that ended; an unknown one, and one that had ended, change nothing. */
  public static Profile runEnded(Profile profile, ReservationName reservation, Instant at) {
    List<Run> runs = new ArrayList<>(profile.runs());
    for (int i = 0; i < runs.size(); i++) {
      Run run = runs.get(i);
      if (run.reservation().equals(reservation) && run.endedAt().isEmpty()) {
        runs.set(i, run.ended(at));
        return with(profile, runs, at);
      }
    }
    return profile;
  }

  /**
   * The first that has enough samples to forecast from.
   *
   * @param profiles most specific first
   */
  public static Optional<Profile> known(List<Profile> profiles) {
    return profiles.stream().filter(profile -> profile.sampleCount() >= SAMPLES_MIN).findFirst();
  }

  private static Profile with(Profile profile, List<Run> runs, Instant at) {
    return new Profile(
        profile.key(),
        profile.sampleCount(),
        profile.quarantinedCount(),
        profile.recent(),
        profile.sketches(),
        profile.coverage(),
        profile.errors(),
        runs,
        later(profile, at));
  }

  private static Optional<Instant> later(Profile profile, Instant at) {
    return Optional.of(profile.updatedAt().filter(before -> before.isAfter(at)).orElse(at));
  }
}
