package dev.holdfast.pam.forecast.xgboost;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.TrainingRows;
import java.util.HashMap;
import java.util.Map;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * Trains the trees of one resource over the series of all workloads. Blocks in native code: call it
 * on a platform thread kept for that.
 */
public final class SeriesTrainer {
  private SeriesTrainer() {}

  /**
   * How trees are trained.
   *
   * @param rounds boosting rounds, 1 to 1000; each adds a tree for each quantile
   * @param depthMax the deepest tree, 1 to 16
   * @param learningRate above 0 to 1
   * @param threads native threads, 1 to 64
   * @param seed what chance there is comes from it
   */
  public record Rules(int rounds, int depthMax, double learningRate, int threads, int seed) {
    /** What did best on held-out days; see the docs on forecasts. */
    public static final Rules DEFAULT = new Rules(120, 6, 0.08, 1, 1);

    /** Refuses what is out of range. */
    public Rules {
      if (rounds < 1 || rounds > 1000 || depthMax < 1 || depthMax > 16) {
        throw new IllegalArgumentException(rounds + " rounds of depth " + depthMax);
      }
      if (!(learningRate > 0 && learningRate <= 1) || threads < 1 || threads > 64) {
        throw new IllegalArgumentException(
            "learning rate " + learningRate + " on " + threads + " threads");
      }
    }

    Map<String, Object> parameters() {
      Map<String, Object> parameters = new HashMap<>();
      parameters.put("objective", "reg:quantileerror");
      parameters.put("quantile_alpha", "[0.5,0.9,0.95,0.99]");
      parameters.put("tree_method", "hist");
      parameters.put("max_bin", 64);
      parameters.put("max_depth", depthMax);
      parameters.put("eta", learningRate);
      parameters.put("min_child_weight", 20);
      parameters.put("subsample", 0.7);
      parameters.put("colsample_bynode", 0.4);
      parameters.put("nthread", threads);
      parameters.put("seed", seed);
      parameters.put("verbosity", 0);
      return parameters;
    }
  }

  /** The trees of some rows, as XGBoost's UBJSON; the same rows and rules give the same bytes. */
  public static Bytes train(TrainingRows rows, Rules rules) {
    try {
      DMatrix matrix = new DMatrix(rows.features(), rows.count(), SeriesFeatures.COUNT, Float.NaN);
      try {
        matrix.setLabel(rows.labels());
        Booster booster =
            XGBoost.train(matrix, rules.parameters(), rules.rounds(), Map.of(), null, null);
        try {
          return Bytes.of(booster.toByteArray("ubj"));
        } finally {
          booster.dispose();
        }
      } finally {
        matrix.dispose();
      }
    } catch (XGBoostError error) {
      throw new IllegalStateException("XGBoost did not train", error);
    }
  }
}
