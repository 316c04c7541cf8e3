package dev.holdfast.pam.forecast.series;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;

/**
 * What a global model is asked with: one row for one series and one step ahead, every amount as a
 * multiple of the series' {@link SeriesState#unit unit}, NaN for what is not known.
 *
 * <p>{@link #at} looks at a series once; {@link #row} then makes as many rows of it as wanted. One
 * of these serves one thread.
 */
public final class SeriesFeatures {
  /** What the columns mean; models and rows of different versions do not mix. */
  public static final int VERSION = 4;

  private static final int[] LAGS = {0, 1, 2, 3, 4, 5, 8, 11};
  private static final int[] WINDOWS = {3, 6, 12, 36, 72, 144, 288};
  private static final double[] RECENT_SHARES = {.5, .75, .9, .95, .98};
  private static final int HOUR = 3600;

  /** Other series of the same workload that a row tells of, at most. */
  public static final int COMPANIONS_MAX = 3;

  /** What the columns are about, in order. */
  public static final List<FeatureColumn> COLUMNS = FeatureColumn.all(LAGS, WINDOWS, RECENT_SHARES);

  /** Columns of one row. */
  public static final int COUNT = COLUMNS.size();

  private final float[] latest = new float[SeriesState.RECENT];
  private final float[] sorted = new float[SeriesState.RECENT];
  private final float[] origin = new float[COUNT];
  private final double[] smoothed = new double[SeriesState.SHARES.length];
  private List<SeriesState> companions = List.of();
  private SeriesState state = new SeriesState(1);
  private int count;
  private int shared;
  private double unit;
  private int period;
  private int sinceOnset;
  private int betweenOnsets;

  /**
   * Looks at a series as it stands.
   *
   * @param series what is asked about
   * @param others up to {@link #COMPANIONS_MAX} other series of the same workload, always in the
   *     same order
   */
  public void at(SeriesState series, List<SeriesState> others) {
    state = series;
    companions = others;
    unit = series.unit();
    count = series.recent().size();
    series.recent().copyLatestFirst(latest);
    System.arraycopy(latest, 0, sorted, 0, count);
    Arrays.sort(sorted, 0, count);
    Arrays.fill(origin, Float.NaN);
    int at = lags(0);
    at = windows(at);
    at = slow(at);
    at = quantiles(at);
    at = peaks(at);
    period = count == 0 ? 0 : series.period(latest, recentQuantile(0.98));
    origin[at++] = period == 0 ? Float.NaN : (float) series.periodStrength();
    origin[at++] = period == 0 ? Float.NaN : period;
    origin[at++] = series.missing();
    origin[at++] = (float) Math.log1p(unit);
    origin[at++] = series.day().days();
    for (SeriesState other : others) {
      double one = other.unit();
      origin[at++] = (float) (other.last() / one);
      origin[at++] = (float) (other.means()[2] / one);
      origin[at++] = (float) (other.means()[1] / one);
    }
    shared = at + 3 * (COMPANIONS_MAX - others.size());
  }

  /** The amount some steps before the last; NaN where it is not kept. */
  private float lag(int steps) {
    return steps < 0 || steps >= count ? Float.NaN : latest[steps];
  }

  private float scaled(double amount) {
    return (float) (amount / unit);
  }

  private int lags(int from) {
    int at = from;
    for (int lag : LAGS) {
      origin[at++] = scaled(lag(lag));
    }
    return at;
  }

  private int windows(int from) {
    double sum = 0;
    double squares = 0;
    float max = 0;
    float min = Float.MAX_VALUE;
    int window = 0;
    for (int i = 0; i < count && window < WINDOWS.length; i++) {
      float amount = latest[i];
      sum += amount;
      squares += (double) amount * amount;
      max = Math.max(max, amount);
      min = Math.min(min, amount);
      if (i + 1 == WINDOWS[window]) {
        double mean = sum / (i + 1);
        origin[from + window] = scaled(mean);
        origin[from + WINDOWS.length + window] = scaled(max);
        origin[from + 2 * WINDOWS.length + window] =
            scaled(Math.sqrt(Math.max(0, squares / (i + 1) - mean * mean)));
        origin[from + 3 * WINDOWS.length + window] = scaled(min);
        window++;
      }
    }
    int at = from + 4 * WINDOWS.length;
    origin[at++] = origin[from] - origin[from + 2];
    origin[at++] = origin[from + 2] - origin[from + 4];
    return at;
  }

  private int slow(int from) {
    int at = from;
    for (float mean : state.means()) {
      origin[at++] = scaled(mean);
    }
    origin[at++] = scaled(state.change());
    origin[at++] = scaled(state.slowChange());
    for (float high : state.highs()) {
      origin[at++] = scaled(high);
    }
    origin[at++] = scaled(state.peak());
    origin[at++] = state.runShort();
    return at;
  }

  private float recentQuantile(double share) {
    return sorted[Math.min(count - 1, (int) (share * count))];
  }

  private int quantiles(int from) {
    for (int i = 0; i < RECENT_SHARES.length && count > 0; i++) {
      origin[from + i] = scaled(recentQuantile(RECENT_SHARES[i]));
    }
    return from + RECENT_SHARES.length;
  }

  /** Where amounts rose above twice the median and two fifths of the maximum. */
  private int peaks(int from) {
    sinceOnset = -1;
    betweenOnsets = -1;
    if (count > 0) {
      float threshold = Math.max(2 * recentQuantile(0.5), 0.4f * sorted[count - 1]);
      int onsets = 0;
      int second = -1;
      int third = -1;
      for (int i = 0; i < count; i++) {
        if (latest[i] > threshold && !(i + 1 < count && latest[i + 1] > threshold)) {
          onsets++;
          if (onsets == 1) {
            sinceOnset = i;
          } else if (onsets == 2) {
            second = i;
          } else if (onsets == 3) {
            third = i;
          }
        }
      }
      betweenOnsets = second < 0 ? -1 : second - sinceOnset;
      origin[from] = onsets;
      origin[from + 1] = scaled(threshold);
      origin[from + 2] = second < 0 ? Float.NaN : betweenOnsets;
      origin[from + 3] = third < 0 ? Float.NaN : third - second;
    }
    return from + 4;
  }

  /**
   * One row, of {@link #COUNT} numbers.
   *
   * @param ahead steps after the last one folded, 1 or more
   * @param setting what else is known of that step
   * @param into where it goes
   * @param offset where it begins there
   */
  public void row(int ahead, Setting setting, float[] into, int offset) {
    System.arraycopy(origin, 0, into, offset, COUNT);
    int at = offset + shared;
    int second = state.secondOfDay(ahead);
    for (SeriesState other : companions) {
      into[at++] = (float) (other.day().mean(second) / other.unit());
      into[at++] = (float) (other.day().high(second) / other.unit());
    }
    at += 2 * (COMPANIONS_MAX - companions.size());
    at = calendar(at, into, second, ahead);
    at = dayBefore(at, into, ahead);
    at = usual(at, into, second, ahead);
    at = hours(at, into, ahead);
    into[at++] = sinceOnset < 0 ? Float.NaN : sinceOnset + ahead;
    into[at++] = betweenOnsets < 0 ? Float.NaN : sinceOnset + ahead - betweenOnsets;
    at = rhythm(at, into, ahead);
    state.smoothed(ahead, smoothed);
    for (double quantile : smoothed) {
      into[at++] = scaled(quantile);
    }
    into[at++] = ahead;
    setting.copy(into, at);
  }

  private int calendar(int from, float[] into, int second, int ahead) {
    double angle = 2 * Math.PI * second / DayProfile.DAY_SECONDS;
    into[from] = (float) Math.sin(angle);
    into[from + 1] = (float) Math.cos(angle);
    int minute = second / 60;
    into[from + 2] = minute % 60;
    into[from + 3] = minute % 360;
    long time = state.endsAt() + (long) (ahead - 1) * state.step();
    into[from + 4] = Instant.ofEpochSecond(time).atOffset(ZoneOffset.UTC).getDayOfWeek().getValue();
    return from + 5;
  }

  private int dayBefore(int from, float[] into, int ahead) {
    int steps = DayProfile.DAY_SECONDS / state.step();
    int lag = steps - ahead;
    into[from] = scaled(lag(lag));
    into[from + 1] = scaled(highest(lag, 1));
    into[from + 2] = scaled(highest(lag, 6));
    double sum = 0;
    int found = 0;
    for (int i = lag - 6; i <= lag + 6; i++) {
      if (i >= 0 && i < count) {
        sum += latest[i];
        found++;
      }
    }
    into[from + 3] = found == 0 ? Float.NaN : scaled(sum / found);
    return from + 4;
  }

  /** The highest amount within some steps of a lag; NaN where the lag itself is not kept. */
  private float highest(int lag, int within) {
    float highest = lag(lag);
    for (int i = Math.max(0, lag - within); i <= Math.min(count - 1, lag + within); i++) {
      highest = Math.max(highest, latest[i]);
    }
    return highest;
  }

  private int usual(int from, float[] into, int second, int ahead) {
    DayProfile day = state.day();
    if (day.days() > 0) {
      double around = day.meanAround(second);
      into[from] = scaled(day.mean(second));
      into[from + 1] = scaled(day.high(second));
      into[from + 2] = scaled(day.highest(second, 600));
      into[from + 3] = scaled(around);
      into[from + 4] = scaled(around - day.meanAround(second - ahead * state.step()));
      into[from + 5] = scaled(day.highest(second, 1800));
    } else {
      Arrays.fill(into, from, from + 6, Float.NaN);
    }
    return from + 6;
  }

  private int hours(int from, float[] into, int ahead) {
    int hour = HOUR / state.step();
    if (hour < 2 || HOUR % state.step() != 0) {
      Arrays.fill(into, from, from + 6, Float.NaN);
      return from + 6;
    }
    into[from] = phaseMean(hour, ahead, Integer.MAX_VALUE);
    into[from + 1] = phaseMax(hour, ahead, Integer.MAX_VALUE);
    into[from + 2] = phaseMax(hour, ahead, 4);
    into[from + 3] = scaled(lag(first(hour, ahead)));
    into[from + 4] = hour % 4 == 0 ? phaseMean(hour / 4, ahead, 12) : Float.NaN;
    into[from + 5] = hour % 2 == 0 ? phaseMean(hour / 2, ahead, 12) : Float.NaN;
    return from + 6;
  }

  /** The latest lag that lies whole periods before the step asked about. */
  private static int first(int period, int ahead) {
    return Math.floorMod(-ahead, period);
  }

  private float phaseMean(int period, int ahead, int most) {
    double sum = 0;
    int found = 0;
    for (int i = first(period, ahead); i < count && found < most; i += period) {
      sum += latest[i];
      found++;
    }
    return found == 0 ? Float.NaN : scaled(sum / found);
  }

  private float phaseMax(int period, int ahead, int most) {
    float max = Float.NaN;
    int found = 0;
    for (int i = first(period, ahead); i < count && found < most; i += period) {
      max = found++ == 0 ? latest[i] : Math.max(max, latest[i]);
    }
    return scaled(max);
  }

  private int rhythm(int from, float[] into, int ahead) {
    if (period == 0) {
      Arrays.fill(into, from, from + 3, Float.NaN);
    } else {
      int lag = first(period, ahead);
      into[from] = scaled(lag(lag));
      into[from + 1] = scaled(highest(lag, 1));
      into[from + 2] = phaseMean(period, ahead, 6);
    }
    return from + 3;
  }

  /** What a model is asked with of a step, and what makes it readable. */
  ModelQuestion question(int ahead, Setting setting) {
    float[] row = new float[COUNT];
    row(ahead, setting, row, 0);
    return new ModelQuestion(
        row,
        anchor(),
        unit,
        companions.stream().mapToDouble(SeriesState::unit).toArray(),
        state.secondOfDay(ahead));
  }

  /** What trees start from in the row that was made last: the median by smoothing. */
  double anchor() {
    return smoothed[0];
  }

  /** Quantiles of the recent amounts as such; they err upwards where those are rounded. */
  void recentQuantiles(double[] shares, double[] into, int offset) {
    for (int q = 0; q < shares.length; q++) {
      int rank = (int) Math.ceil(shares[q] * (count + 1)) - 1;
      double amount = count == 0 ? 0 : sorted[Math.clamp(rank, 0, count - 1)];
      into[offset + q] = amount * (1 + AmountArray.ERROR);
    }
  }

  /** Quantiles by exponential smoothing. */
  void smoothed(int ahead, double[] into) {
    state.smoothed(ahead, into);
  }
}
