package dev.holdfast.pam.signal;

/**
 * What an {@link AnomalyDetector} makes of one observation.
 *
 * @param rarity how rare it is, in decades, 0 or more: 3 is what chance brings once in a thousand
 * @param evidence what the rarity rests on
 * @param score 0 to 1; at least {@link #ALARM_SCORE} exactly where it is an alarm
 * @param alarm whether it is to be told of: it is rare enough, and not the last alarm over again
 */
public record Rating(double rarity, Evidence evidence, double score, boolean alarm) {
  /** The lowest score of an alarm, the same for every series. */
  public static final double ALARM_SCORE = 0.5;

  /** Refuses what contradicts itself. */
  public Rating {
    if (!(score >= 0 && score <= 1 && rarity >= 0) || alarm != (score >= ALARM_SCORE)) {
      throw new IllegalArgumentException("score " + score + " and rarity " + rarity);
    }
  }

  /** What a rarity rests on. */
  public enum Evidence {
    /** This one value, which neither the past nor the forecast led to expect. */
    VALUE,
    /** Values up to now that are each unusual, for their time of day too, and together rare. */
    ACCUMULATED
  }
}
