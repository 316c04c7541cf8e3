package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.Quantile;
import java.util.Arrays;

/**
 * Exponential smoothing at four rates, with and without the shape of the day; each lead uses the
 * variant that missed least of late, and how far it missed gives its quantiles.
 *
 * <p>Hyndman, Koehler, Ord, Snyder: Forecasting with Exponential Smoothing (2008), chapters 2, 3.
 */
final class Smoothing {
  private static final double[] RATES = {0.05, 0.2, 0.5, 1.0};
  private static final int VARIANTS = 2 * RATES.length;
  private static final double ERROR_RATE = 0.003;

  /** Steps before the last one whose levels are kept. */
  private static final int PAST = Lead.FAR.steps() - 1;

  private static final int LEADS = Lead.values().length;
  private static final int OUTCOMES_MIN = 20;

  /** Who holds the amount that this share of steps stays below runs short in the others. */
  private static final double[] HELD = {Quantile.P90.probability()};

  private static final double SHORT_RATE = 0.05;

  private final float[] levels = new float[RATES.length];
  private final short[] past = new short[PAST * RATES.length];
  private final short[] errors = new short[LEADS * VARIANTS];
  private final ResidualSketch residuals = new ResidualSketch();
  private float runShort;
  private int steps;

  /**
   * One step's amount: what was foreseen of it is judged, then the levels move.
   *
   * @param mean the mean of the series
   * @param second the middle of the step, in seconds of the day
   * @param step its length in seconds
   * @param unit what amounts are measured in
   */
  void fold(double amount, DayProfile day, double mean, int second, int step, double unit) {
    for (Lead lead : Lead.values()) {
      if (steps >= lead.steps()) {
        int best = best(lead);
        double chosen = 0;
        for (int variant = 0; variant < VARIANTS; variant++) {
          double foreseen = base(variant, lead.steps() - 1, day, mean, second, lead.steps() * step);
          int at = lead.index() * VARIANTS + variant;
          double error = error(at);
          error += ERROR_RATE * (Math.abs(amount - foreseen) - error);
          errors[at] = ShortAmount.onAverage(error, steps);
          chosen = variant == best ? foreseen : chosen;
        }
        double residual = (amount - chosen) / unit;
        if (lead == Lead.NEXT) {
          shortOf(residual);
        }
        residuals.add(lead, residual, steps - lead.steps());
      }
    }
    for (int i = 0; i < RATES.length; i++) {
      past[steps % PAST * RATES.length + i] = ShortAmount.nearest(levels[i]);
      double level = steps == 0 ? amount : levels[i];
      levels[i] = (float) (level + RATES[i] * (amount - level));
    }
    steps++;
  }

  private void shortOf(double residual) {
    double[] held = new double[HELD.length];
    residuals.quantiles(Lead.NEXT, HELD, held);
    runShort += (float) (SHORT_RATE * ((residual > held[0] ? 1 : 0) - runShort));
  }

  /** In which share of late steps there was more than the 90 % quantile of the step before. */
  float runShort() {
    return runShort;
  }

  /** What a variant foresees, from the level that stood some steps before the last one folded. */
  private double base(
      int variant, int ago, DayProfile day, double mean, int second, int aheadSeconds) {
    int rate = variant % RATES.length;
    double level = ago == 0 ? levels[rate] : past(ago, rate);
    if (variant < RATES.length) {
      return level;
    }
    double usual = day.mean(second) - mean;
    double usualThen = day.mean(second - aheadSeconds) - mean;
    return Math.max(0, level + usual - RATES[rate] * usualThen);
  }

  /** A level that stood 1 to {@link #PAST} steps before the last one folded. */
  private double past(int ago, int rate) {
    return ShortAmount.amount(past[(steps - ago) % PAST * RATES.length + rate]);
  }

  private float error(int at) {
    return ShortAmount.amount(errors[at]);
  }

  private int best(Lead lead) {
    int from = lead.index() * VARIANTS;
    int best = 0;
    for (int variant = 1; variant < VARIANTS; variant++) {
      best = error(from + variant) < error(from + best) ? variant : best;
    }
    return best;
  }

  /**
   * Quantiles of the amount some steps ahead, rising.
   *
   * @param ahead steps from the last one folded, 1 or more
   * @param mean the mean of the series
   * @param second the middle of the step asked about, in seconds of the day
   */
  void quantiles(
      int ahead,
      DayProfile day,
      double mean,
      int second,
      int step,
      double unit,
      double[] shares,
      double[] into) {
    Lead lead = Lead.of(ahead);
    double base = base(best(lead), 0, day, mean, second, ahead * step);
    if (steps - lead.steps() < OUTCOMES_MIN) {
      Arrays.fill(into, 0, shares.length, 0);
    } else {
      residuals.quantiles(lead, shares, into);
    }
    for (int q = 0; q < shares.length; q++) {
      into[q] = Math.max(0, base + unit * into[q]);
    }
  }
}
