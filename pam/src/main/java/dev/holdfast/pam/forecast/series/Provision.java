package dev.holdfast.pam.forecast.series;

import java.util.Arrays;

/**
 * How much to hold of one resource for many series, so that together they run short no more often
 * than one time in a hundred: where the tail is long and every further percent is dear, a little
 * more risk is taken, and less where it is cheap. No series is held below its p95.
 *
 * <p>Above p95 the tail is taken as exponential, through p95 and p99. The price at which the last
 * unit held lowers the risk is the same for all, and moves with what really came. Apart for each
 * lead.
 */
final class Provision {
  private static final double RISK_WANTED = 0.008;
  private static final double RISK_MIN = 0.0002;
  private static final double RISK_MAX = 0.05;
  private static final double PACE = 0.02;
  private static final double SCALE_RATE = 0.001;

  /** From p95 to p99 the risk falls to a fifth. */
  private static final double FOLDS = Math.log(5);

  private final double[] prices = new double[Lead.values().length];
  private final double[] scales = new double[Lead.values().length];

  /** Takes the same risk everywhere, until outcomes say what is dear. */
  Provision() {
    Arrays.fill(prices, 1);
  }

  /** Learns how long tails usually are, from quantiles whose outcome is awaited. */
  void note(Lead lead, double[] quantiles) {
    double scale = scale(quantiles);
    int at = lead.index();
    if (scale > 0) {
      scales[at] = scales[at] == 0 ? scale : scales[at] + SCALE_RATE * (scale - scales[at]);
    }
  }

  private static double scale(double[] quantiles) {
    return (quantiles[3] - quantiles[2]) / FOLDS;
  }

  /** What to hold for some quantiles, at least p95. */
  double hold(Lead lead, double[] quantiles) {
    double p95 = quantiles[2];
    double scale = scale(quantiles);
    if (scale <= 0) {
      return quantiles[3];
    }
    int at = lead.index();
    double usual = scales[at] == 0 ? scale : scales[at];
    double risk = Math.clamp(RISK_WANTED * scale / (prices[at] * usual), RISK_MIN, RISK_MAX);
    return p95 + scale * Math.log((1 - SeriesState.SHARES[2]) / risk);
  }

  /** Learns from an outcome whether more or less has to be held. */
  void observe(Lead lead, double held, double amount) {
    double above = amount > held * (1 + 1e-9) ? 1 : 0;
    prices[lead.index()] *= Math.exp(PACE * (above - RISK_WANTED));
  }
}
