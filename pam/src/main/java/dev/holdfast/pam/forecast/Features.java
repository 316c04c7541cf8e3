package dev.holdfast.pam.forecast;

import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.zip.CRC32;

/**
 * What demand is predicted from: one row of numbers for one resource at one time, NaN for what is
 * missing.
 *
 * <p>In order: position in the run; sine and cosine of the time of day and of the week; how far
 * ahead of the last sample; three lags, and mean, maximum, deviation and trend of the last eight;
 * usage at the same position in the run before, and its mean over the runs before; production
 * inputs, numbers by hashed key and categories by hashed key and value.
 */
public final class Features {
  /** What the columns mean; models and rows of different versions do not mix. */
  public static final int VERSION = 1;

  /** Columns of one row. */
  public static final int COUNT = 31;

  /** Column: seconds since the start of the run. */
  public static final int POSITION = 0;

  /** First of four columns: the time of day and of the week. */
  public static final int CALENDAR = 1;

  /** Column: seconds since the end of the last sample of this run. */
  public static final int AHEAD = 5;

  private static final int LAGS = 6;
  private static final int ROLLING = 9;
  private static final int PAST_LATEST = 13;
  private static final int PAST_MEAN = 14;
  private static final int NUMBERS = 15;
  private static final int CATEGORIES = 23;
  private static final int SLOTS = 8;
  private static final int WINDOW = 8;
  private static final int PAST_RUNS_MAX = 4;
  private static final double DAY_SECONDS = 86_400;
  private static final double WEEK_SECONDS = 7 * DAY_SECONDS;

  private Features() {}

  /**
   * What is known when a row is made.
   *
   * @param runStart when the run begins or began
   * @param seen the samples of this run so far, in order; empty if it has not begun
   * @param past earlier runs, in order
   * @param inputs the production inputs
   */
  public record Known(
      Instant runStart,
      List<UsageSample> seen,
      List<PastRun> past,
      Map<String, InputValue> inputs) {}

  /**
   * A run whose usage is known.
   *
   * @param start when it began
   * @param samples its samples in order, not empty
   */
  public record PastRun(Instant start, List<UsageSample> samples) {
    /**
     * Usage at a position: that of the sample that covers it, or else the nearest one within a
     * sampling period of it.
     */
    OptionalDouble at(Resource resource, double position) {
      int low = 0;
      int high = samples.size() - 1;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (Features.position(start, samples.get(middle)) < position) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      UsageSample nearest = samples.get(low);
      if (low > 0) {
        UsageSample before = samples.get(low - 1);
        double here = Math.abs(Features.position(start, nearest) - position);
        double there = Math.abs(Features.position(start, before) - position);
        nearest = there < here ? before : nearest;
      }
      double distance = Math.abs(Features.position(start, nearest) - position);
      return distance <= 1.5 * seconds(nearest.period())
          ? OptionalDouble.of((double) nearest.usage().get(resource))
          : OptionalDouble.empty();
    }
  }

  /** Seconds from the start of a run to the middle of a sample's period. */
  static double position(Instant runStart, UsageSample sample) {
    return seconds(Duration.between(runStart, sample.endedAt())) - seconds(sample.period()) / 2;
  }

  /**
   * One row.
   *
   * @param resource whose demand
   * @param known what is known
   * @param time when: the middle of the period asked about
   */
  public static float[] row(Resource resource, Known known, Instant time) {
    float[] row = new float[COUNT];
    Arrays.fill(row, Float.NaN);
    double position = seconds(Duration.between(known.runStart(), time));
    row[POSITION] = (float) position;
    calendar(row, time);
    if (!known.seen().isEmpty()) {
      recent(row, resource, known.seen(), time);
    }
    past(row, resource, known.past(), position);
    inputs(row, known.inputs());
    return row;
  }

  private static void calendar(float[] row, Instant time) {
    ZonedDateTime utc = time.atZone(ZoneOffset.UTC);
    double day = 2 * Math.PI * utc.toLocalTime().toSecondOfDay() / DAY_SECONDS;
    double intoWeek =
        (utc.getDayOfWeek().getValue() - 1) * DAY_SECONDS + utc.toLocalTime().toSecondOfDay();
    double week = 2 * Math.PI * intoWeek / WEEK_SECONDS;
    row[CALENDAR] = (float) Math.sin(day);
    row[CALENDAR + 1] = (float) Math.cos(day);
    row[CALENDAR + 2] = (float) Math.sin(week);
    row[CALENDAR + 3] = (float) Math.cos(week);
  }

  private static void recent(
      float[] row, Resource resource, List<UsageSample> seen, Instant time) {
    int count = seen.size();
    row[AHEAD] = (float) seconds(Duration.between(seen.getLast().endedAt(), time));
    for (int lag = 0; lag < 3 && lag < count; lag++) {
      row[LAGS + lag] = seen.get(count - 1 - lag).usage().get(resource);
    }
    List<UsageSample> window = seen.subList(Math.max(0, count - WINDOW), count);
    double sum = 0;
    double max = 0;
    for (UsageSample sample : window) {
      sum += sample.usage().get(resource);
      max = Math.max(max, (double) sample.usage().get(resource));
    }
    double mean = sum / window.size();
    double squares = 0;
    for (UsageSample sample : window) {
      double off = sample.usage().get(resource) - mean;
      squares += off * off;
    }
    row[ROLLING] = (float) mean;
    row[ROLLING + 1] = (float) max;
    row[ROLLING + 2] = (float) Math.sqrt(squares / window.size());
    UsageSample first = window.getFirst();
    double span = seconds(Duration.between(first.endedAt(), window.getLast().endedAt()));
    if (span > 0) {
      double rise = window.getLast().usage().get(resource) - first.usage().get(resource);
      row[ROLLING + 3] = (float) (rise / span);
    }
  }

  private static void past(
      float[] row, Resource resource, List<PastRun> past, double position) {
    double sum = 0;
    int found = 0;
    for (int i = past.size() - 1; i >= 0 && i >= past.size() - PAST_RUNS_MAX; i--) {
      OptionalDouble usage = past.get(i).at(resource, position);
      if (usage.isPresent()) {
        sum += usage.getAsDouble();
        found++;
        if (i == past.size() - 1) {
          row[PAST_LATEST] = (float) usage.getAsDouble();
        }
      }
    }
    if (found > 0) {
      row[PAST_MEAN] = (float) (sum / found);
    }
  }

  private static void inputs(float[] row, Map<String, InputValue> inputs) {
    inputs.forEach(
        (key, value) -> {
          switch (value) {
            case InputValue.Quantity quantity ->
                add(row, NUMBERS + hash(key) % SLOTS, (float) quantity.value());
            case InputValue.Text text ->
                add(row, CATEGORIES + hash(key) % SLOTS, fraction(text.value()));
            case InputValue.Flag flag ->
                add(row, NUMBERS + hash(key) % SLOTS, flag.value() ? 1 : 0);
          }
        });
  }

  /** Keys that share a slot are added up: less is learnt from them, and nothing is lost. */
  private static void add(float[] row, int column, float value) {
    float finite = Math.clamp(value, -1e30f, 1e30f);
    row[column] = Float.isNaN(row[column]) ? finite : row[column] + finite;
  }

  private static float fraction(String text) {
    return (hash(text) % 65_536) / 65_536f;
  }

  private static int hash(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return (int) (crc.getValue() >>> 1);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
