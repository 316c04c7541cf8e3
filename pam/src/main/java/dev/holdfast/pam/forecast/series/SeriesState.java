package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.Quantile;

/**
 * What is kept of one series of demand on an even grid: less than 1.5 KiB, whatever its length.
 * Folding is all that changes it; it is not for several threads at once.
 *
 * <p>Amounts are at least 0, in any unit. A step without a sample repeats the amount before it as
 * an input and teaches nothing.
 */
public final class SeriesState {
  /** The latest steps that are kept one by one. */
  public static final int RECENT = 288;

  /** Slower means forget within about a week of five-minute steps. */
  private static final int UNIT_STEPS = 2016;

  private static final double UNIT_MIN = 1e-3;
  static final double[] SHARES = {
    Quantile.P50.probability(),
    Quantile.P90.probability(),
    Quantile.P95.probability(),
    Quantile.P99.probability()
  };
  static final double[] RATES = {0.02, 0.1, 0.3, 0.6};
  static final double[] HIGH_SHARES = {0.9, 0.99, 0.999};

  private final int step;
  private final RecentAmounts recent = new RecentAmounts(RECENT);
  private final DayProfile day = new DayProfile();
  private final Smoothing smoothing = new Smoothing();
  private final float[] means = new float[RATES.length];
  private final float[] highs = new float[HIGH_SHARES.length];
  private double last;
  private long endsAt;
  private float mean;
  private float change;
  private float slowChange;
  private float peak;
  private int samples;
  private int missing;
  private int steady;
  private short period;
  private float periodStrength;
  private int untilPeriod;

  /**
   * An empty one.
   *
   * @param step the length of a step in seconds, 1 to 86,400
   */
  public SeriesState(int step) {
    if (step < 1 || step > DayProfile.DAY_SECONDS) {
      throw new IllegalArgumentException("a step is 1 to 86400 s, not " + step);
    }
    this.step = step;
  }

  /**
   * The next step.
   *
   * @param start when it starts, in seconds of the epoch; steps follow one another without gaps
   * @param amount its mean or peak; NaN where nothing was sampled
   */
  public void fold(long start, double amount) {
    endsAt = start + step;
    if (Double.isNaN(amount)) {
      missing++;
      if (samples > 0) {
        recent.add(last);
      }
      return;
    }
    double now = Math.max(0, amount);
    missing = 0;
    samples++;
    double first = 1.0 / samples;
    mean += (float) (Math.max(1.0 / UNIT_STEPS, first) * (now - mean));
    peak = (float) Math.max(now, peak * 0.9995);
    for (int i = 0; i < RATES.length; i++) {
      means[i] += (float) (Math.max(RATES[i], first) * (now - means[i]));
    }
    steady = samples > 1 && Persistence.alike(now, last) ? steady + 1 : 0;
    double moved = samples == 1 ? 0 : Math.abs(now - last);
    change += (float) (0.08 * (moved - change));
    slowChange += (float) (Math.max(0.003, first) * (moved - slowChange));
    highs(now);
    smoothing.fold(now, day, mean, secondOfDay(0), step, unit());
    day.fold(now, secondOfDay(0), step);
    recent.add(now);
    last = now;
  }

  private void highs(double now) {
    double pace = Math.max(slowChange, 1e-3 * Math.abs(mean));
    for (int i = 0; i < HIGH_SHARES.length; i++) {
      if (samples == 1) {
        highs[i] = (float) now;
      } else {
        double push = now > highs[i] ? HIGH_SHARES[i] : HIGH_SHARES[i] - 1;
        highs[i] += (float) (pace * push * (i == 0 ? 0.5 : 1));
      }
    }
  }

  /** The length of a step in seconds. */
  public int step() {
    return step;
  }

  /** Steps with a sample, all told. */
  public int samples() {
    return samples;
  }

  /** The amount of the last sample; 0 where there is none. */
  public double last() {
    return last;
  }

  /** Where the last step ended, in seconds of the epoch. */
  public long endsAt() {
    return endsAt;
  }

  /** What amounts are measured in, so that small and large series are alike: above 0. */
  public double unit() {
    return Math.max(Math.max(mean, 0.01 * peak), UNIT_MIN);
  }

  /** The middle of a step some steps after the last one folded, in seconds of the day. */
  int secondOfDay(int ahead) {
    long middle = endsAt - step / 2 - step % 2 + (long) ahead * step;
    return (int) Math.floorMod(middle, (long) DayProfile.DAY_SECONDS);
  }

  RecentAmounts recent() {
    return recent;
  }

  DayProfile day() {
    return day;
  }

  float[] means() {
    return means;
  }

  float[] highs() {
    return highs;
  }

  double change() {
    return change;
  }

  double slowChange() {
    return slowChange;
  }

  /** The highest amount so far, slowly forgotten; 0 where there was none. */
  public double peak() {
    return peak;
  }

  int missing() {
    return missing;
  }

  /** Steps with a sample that the last amount has stayed after it was first sampled. */
  int steady() {
    return steady;
  }

  /** In which share of late steps there was more than smoothing's 90 % quantile. */
  float runShort() {
    return smoothing.runShort();
  }

  /** Quantiles by exponential smoothing. */
  void smoothed(int ahead, double[] into) {
    smoothing.quantiles(ahead, day, mean, secondOfDay(ahead), step, unit(), SHARES, into);
  }

  /**
   * The rhythm that the recent steps repeat, 3 to 144 steps; 0 where none shows. It is looked for
   * again after every 48 steps.
   *
   * @param latest the recent amounts, the latest first
   * @param cap what amounts are cut off at, so that single peaks do not decide
   */
  int period(float[] latest, double cap) {
    if (samples < RECENT) {
      return 0;
    }
    if (samples >= untilPeriod) {
      Rhythm found = Rhythm.of(latest, cap);
      period = (short) found.steps();
      periodStrength = (float) found.strength();
      untilPeriod = samples + 48;
    }
    return period;
  }

  double periodStrength() {
    return periodStrength;
  }
}
