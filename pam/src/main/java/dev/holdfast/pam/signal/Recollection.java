package dev.holdfast.pam.signal;

import java.time.Duration;
import java.time.Instant;

/**
 * The latest values of a series, and how near a new one comes to them.
 *
 * <p>Near is the third nearest value: one or two departures before do not make a third one normal.
 */
final class Recollection {
  /** What is nearer in time than this is no other day's. */
  private static final long OTHER_DAY_SECONDS = Duration.ofHours(12).toSeconds();

  private static final int DAY_SECONDS = (int) Duration.ofDays(1).toSeconds();

  /** Times of day that are this near to each other are the same. */
  private static final int SAME_TIME_SECONDS = (int) Duration.ofHours(1).toSeconds();

  /** With fewer values to compare with than these, being far from them means nothing. */
  private static final int COMPARABLE_MIN = 6;

  private final double[] values;
  private final long[] seconds;
  private int count;
  private int next;

  /**
   * How far a value is from those before.
   *
   * @param any from the third nearest of all
   * @param sameTime from the third nearest of those within an hour of the same time on other days;
   *     either is 0 where there are fewer than {@link #COMPARABLE_MIN}
   */
  record Distance(double any, double sameTime) {}

  /** One of the latest values. */
  Recollection(int memory) {
    values = new double[memory];
    seconds = new long[memory];
  }

  Distance distance(Instant at, double value) {
    Nearest any = new Nearest();
    Nearest sameTime = new Nearest();
    long now = at.getEpochSecond();
    for (int i = 0; i < count; i++) {
      double distance = Math.abs(value - values[i]);
      any.offer(distance);
      if (sameTimeOfOtherDay(now - seconds[i])) {
        sameTime.offer(distance);
      }
    }
    return new Distance(any.distance(), sameTime.distance());
  }

  private static boolean sameTimeOfOtherDay(long ago) {
    long apart = Math.floorMod(ago, DAY_SECONDS);
    return ago >= OTHER_DAY_SECONDS
        && (apart <= SAME_TIME_SECONDS || apart >= DAY_SECONDS - SAME_TIME_SECONDS);
  }

  void add(Instant at, double value) {
    values[next] = value;
    seconds[next] = at.getEpochSecond();
    next = (next + 1) % values.length;
    count = Math.min(count + 1, values.length);
  }

  /** The three smallest of the distances offered. */
  private static final class Nearest {
    private double first = Double.POSITIVE_INFINITY;
    private double second = Double.POSITIVE_INFINITY;
    private double third = Double.POSITIVE_INFINITY;
    private int offered;

    void offer(double distance) {
      offered++;
      if (distance < first) {
        third = second;
        second = first;
        first = distance;
      } else if (distance < second) {
        third = second;
        second = distance;
      } else if (distance < third) {
        third = distance;
      }
    }

    double distance() {
      return offered < COMPARABLE_MIN ? 0 : third;
    }
  }
}
