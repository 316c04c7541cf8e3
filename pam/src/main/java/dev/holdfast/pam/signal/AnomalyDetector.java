package dev.holdfast.pam.signal;

import dev.holdfast.pam.signal.Rating.Evidence;
import dev.holdfast.pam.signal.Recollection.Distance;

/**
 * Finds anomalies in one series as it comes, with one bar for every series.
 *
 * <p>A value is as strange as it is far from everything that was to be expected: from the forecast,
 * and from the third nearest value before it ({@link Recollection}); once among all values, and
 * once among those of the same time on other days. {@link Rarity} turns either distance into
 * decades, by how far values were from what was expected of them before. So there is nothing to set
 * for a series: not its unit, its range, its noise or its period.
 *
 * <p>There are two ways to be an anomaly: one value that is rare among all (sudden), and values
 * that are each a little unusual, whose rarities add up, each fading by a tenth with every value
 * that follows, to a sum that is itself rare among the sums before (lasting). The rarer of both
 * counts, against a bar that alarms raise for a while ({@link Habituation}).
 *
 * <p>The same observations always give the same ratings, and no rating depends on what comes after
 * it. It is for one thread. The work for an observation is bounded by the memory.
 */
public final class AnomalyDetector {
  /** The rarity from which an observation is an alarm where none was raised before, in decades. */
  public static final double BAR = 1.5;

  /** So many observations are only learnt from. */
  public static final int WARM_UP = 128;

  /** The shortest memory. */
  public static final int MEMORY_MIN = 2 * WARM_UP;

  /** The longest memory: eight weeks of five-minute steps. */
  public static final int MEMORY_MAX = 16_384;

  /** What remains of a rarity in the sum with each observation that follows. */
  private static final double REMAINS = 0.9;

  /** The score of what is no alarm is below this. */
  private static final double QUIET_SCORE_MAX = 0.499;

  private final Recollection past;
  private final Rarity ofValue;
  private final Rarity ofTime;
  private final Rarity ofSum;
  private final Smoothing smoothing = new Smoothing();
  private final Habituation habituation = new Habituation();
  private double sum;
  private long row;

  /**
   * One that has seen nothing.
   *
   * @param memory how many observations it remembers, {@link #MEMORY_MIN} to {@link #MEMORY_MAX}:
   *     64 bytes and one comparison for each of them
   */
  public AnomalyDetector(int memory) {
    if (memory < MEMORY_MIN || memory > MEMORY_MAX) {
      throw new IllegalArgumentException("a memory of 256 to 16384 observations, not " + memory);
    }
    past = new Recollection(memory);
    ofValue = new Rarity(memory);
    ofTime = new Rarity(memory);
    ofSum = new Rarity(memory);
  }

  /** Rates the next observation, and learns from it. */
  public Rating next(Observation observed) {
    row++;
    double value = observed.value();
    double surprise = Math.abs(value - observed.forecast().orElse(smoothing.expected(value)));
    Distance distance = past.distance(observed.at(), value);
    double sudden = rated(ofValue, Math.min(distance.any(), surprise));
    double untimely = rated(ofTime, Math.min(distance.sameTime(), surprise));
    sum = REMAINS * sum + sudden + untimely;
    double lasting = rated(ofSum, sum);
    past.add(observed.at(), value);
    smoothing.add(value);
    return sudden >= lasting
        ? judged(sudden, Evidence.VALUE)
        : judged(lasting, Evidence.ACCUMULATED);
  }

  private static double rated(Rarity rarity, double number) {
    double decades = rarity.of(number);
    rarity.add(number);
    return decades;
  }

  private Rating judged(double rarity, Evidence evidence) {
    double heard = Math.max(0, rarity - habituation.raisedBy(row));
    double score = heard / (heard + BAR);
    if (row <= WARM_UP || habituation.rests(row) || heard < BAR) {
      return new Rating(rarity, evidence, Math.min(score, QUIET_SCORE_MAX), false);
    }
    habituation.alarm(row);
    return new Rating(rarity, evidence, score, true);
  }
}
