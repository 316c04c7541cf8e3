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

  /** The trees of some rows, as XGBoost's UBJSON; the same rows and rules give the same bytes. */
  public static Bytes train(TrainingRows rows, XgboostRules rules) {
    try {
      DMatrix matrix = new DMatrix(rows.features(), rows.count(), SeriesFeatures.COUNT, Float.NaN);
      try {
        matrix.setLabel(rows.labels());
        Booster booster =
            XGBoost.train(matrix, parameters(rules), rules.rounds(), Map.of(), null, null);
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

  private static Map<String, Object> parameters(XgboostRules rules) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("objective", "reg:quantileerror");
    parameters.put("quantile_alpha", "[0.5,0.9,0.95,0.99]");
    parameters.put("tree_method", "hist");
    parameters.put("max_bin", 64);
    parameters.put("max_depth", rules.depthMax());
    parameters.put("eta", rules.learningRate());
    parameters.put("min_child_weight", 20);
    parameters.put("subsample", 0.7);
    parameters.put("colsample_bynode", 0.4);
    parameters.put("nthread", rules.threads());
    parameters.put("seed", rules.seed());
    parameters.put("verbosity", 0);
    return parameters;
  }
}
