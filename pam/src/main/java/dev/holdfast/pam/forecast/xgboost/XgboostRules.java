package dev.holdfast.pam.forecast.xgboost;

/**
 * How models are trained.
 *
 * @param rounds boosting rounds, 1 to 1000
 * @param depthMax the deepest tree, 1 to 16
 * @param learningRate above 0 to 1
 * @param threads native threads, 1 to 64
 * @param seed what chance there is comes from it
 */
public record XgboostRules(int rounds, int depthMax, double learningRate, int threads, int seed) {
  /** Sensibly small: a demand curve has few features and few samples. */
  public static final XgboostRules DEFAULT = new XgboostRules(40, 4, 0.2, 1, 1);

  /** For the series of all workloads: what did best on held-out days; see the docs on forecasts. */
  public static final XgboostRules SERIES = new XgboostRules(120, 6, 0.08, 1, 1);

  /** Refuses what is out of range. */
  public XgboostRules {
    if (rounds < 1 || rounds > 1000 || depthMax < 1 || depthMax > 16) {
      throw new IllegalArgumentException(rounds + " rounds of depth " + depthMax);
    }
    if (!(learningRate > 0 && learningRate <= 1) || threads < 1 || threads > 64) {
      throw new IllegalArgumentException(
          "learning rate " + learningRate + " on " + threads + " threads");
    }
  }
}
