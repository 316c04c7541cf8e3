package dev.holdfast.pam.signal;

import dev.holdfast.pam.signal.Finding.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What is done about findings in a trust zone.
 *
 * @param remedies by kind; {@link Remedy#ALERT} for those that are absent
 * @param dryRun whether remedies are only written down, and not carried out
 * @param perHourMax remedies other than alerts carried out within an hour, 0 to {@link
 *     #PER_HOUR_MOST}: who sees anomalies everywhere is wrong, or under attack
 * @param throttleRatio the share of what is held that is left by {@link Remedy#THROTTLE}, above 0
 *     and below 1
 */
public record SignalRules(
    Map<Kind, Remedy> remedies, boolean dryRun, int perHourMax, double throttleRatio) {
  /** The most remedies within an hour. */
  public static final int PER_HOUR_MOST = 1000;

  /** The time that remedies are counted in. */
  public static final Duration WINDOW = Duration.ofHours(1);

  /** Alerts only. */
  public static final SignalRules DEFAULT = new SignalRules(Map.of(), false, 10, 0.5);

  /** Copies, and refuses what is out of range. */
  public SignalRules {
    EnumMap<Kind, Remedy> copy = new EnumMap<>(Kind.class);
    copy.putAll(remedies);
    remedies = Collections.unmodifiableMap(copy);
    if (perHourMax < 0 || perHourMax > PER_HOUR_MOST || !(throttleRatio > 0 && throttleRatio < 1)) {
      throw new IllegalArgumentException(
          perHourMax + " remedies in an hour, and " + throttleRatio + " of a hold left");
    }
  }

  /** What becomes of a remedy. */
  public enum Outcome {
    /** It is about to be carried out. */
    INTENDED,
    /** It was carried out. */
    DONE,
    /** It was taken back. */
    UNDONE,
    /** It would have been carried out, were this no dry run. */
    DRY_RUN,
    /** It was not carried out, as there were too many within an hour. */
    HELD_BACK,
    /** It could not be carried out. */
    FAILED
  }

  /** A decision: what is called for, and whether it is carried out. */
  public record Choice(Remedy remedy, Outcome outcome) {}

  /**
   * What to do about a finding.
   *
   * @param carriedOut when remedies other than alerts were carried out in the zone
   */
  public Choice choose(Kind kind, Collection<Instant> carriedOut, Instant now) {
    Remedy remedy = remedies.getOrDefault(kind, Remedy.ALERT);
    if (remedy == Remedy.ALERT) {
      return new Choice(remedy, Outcome.DONE);
    }
    if (dryRun) {
      return new Choice(remedy, Outcome.DRY_RUN);
    }
    Instant since = now.minus(WINDOW);
    long lately = carriedOut.stream().filter(at -> at.isAfter(since)).count();
    return new Choice(remedy, lately < perHourMax ? Outcome.INTENDED : Outcome.HELD_BACK);
  }
}
