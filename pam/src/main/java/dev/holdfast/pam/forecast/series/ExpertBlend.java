package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.Quantile;

/**
 * How much each expert's word weighs for one series: apart for every lead and quantile, by how well
 * it has done there. A pinball loss below that of the others raises the weight, and old losses
 * fade.
 *
 * <p>Weights fall exponentially with the regret over its root mean square (Wintenberger: Optimal
 * learning with Bernstein online aggregation, 2017; pointwise over quantiles as in Berrisch, Ziel:
 * CRPS learning, 2023).
 */
final class ExpertBlend {
  /** How many are asked. */
  static final int EXPERTS = Expert.values().length;

  private static final int QUANTILES = SeriesState.SHARES.length;
  private static final int CELLS = Lead.values().length * QUANTILES;
  private static final double EAGERNESS = 2;
  private static final float FADE = 0.999f;

  /**
   * Regrets are kept as thousandths of the root of their squares, of which they have at most 32.
   */
  private static final double THOUSANDTHS = 1000;

  private final short[] regrets = new short[EXPERTS * CELLS];
  private final float[] squares = new float[CELLS];

  /**
   * Learns from an outcome.
   *
   * @param words what the experts said of it: the quantiles of one after those of another
   */
  void judge(Lead lead, double[] words, double amount) {
    double[] losses = new double[EXPERTS];
    for (Quantile quantile : Quantile.values()) {
      int q = quantile.number() - 1;
      double mean = 0;
      for (int expert = 0; expert < EXPERTS; expert++) {
        losses[expert] = quantile.loss(words[expert * QUANTILES + q], amount);
        mean += losses[expert] / EXPERTS;
      }
      int cell = lead.index() * QUANTILES + q;
      double before = Math.sqrt(squares[cell]);
      double widest = 0;
      for (double loss : losses) {
        widest = Math.max(widest, Math.abs(loss - mean));
      }
      squares[cell] = (float) (squares[cell] * FADE + widest * widest);
      double root = Math.sqrt(squares[cell]);
      for (int expert = 0; expert < EXPERTS && root > 0; expert++) {
        int at = expert * CELLS + cell;
        double regret = regrets[at] * before * FADE + THOUSANDTHS * (losses[expert] - mean);
        regrets[at] =
            (short) Math.clamp(Math.round(regret / root), Short.MIN_VALUE, Short.MAX_VALUE);
      }
    }
  }

  /** What the experts say together: quantiles that rise. */
  void blend(Lead lead, double[] words, double[] into) {
    double[] weights = new double[EXPERTS];
    double before = 0;
    for (int q = 0; q < QUANTILES; q++) {
      weights(lead, q, weights);
      double blended = 0;
      for (int expert = 0; expert < EXPERTS; expert++) {
        blended += weights[expert] * words[expert * QUANTILES + q];
      }
      before = Math.max(before, blended);
      into[q] = before;
    }
  }

  /** What each expert's word weighs at a quantile: at least 0, and 1 in all. */
  void weights(Lead lead, int q, double[] into) {
    int cell = lead.index() * QUANTILES + q;
    double sum = 0;
    for (int expert = 0; expert < EXPERTS; expert++) {
      double regret = regrets[expert * CELLS + cell] / THOUSANDTHS;
      into[expert] = Math.exp(-EAGERNESS * regret);
      sum += into[expert];
    }
    for (int expert = 0; expert < EXPERTS; expert++) {
      into[expert] /= sum;
    }
  }
}
