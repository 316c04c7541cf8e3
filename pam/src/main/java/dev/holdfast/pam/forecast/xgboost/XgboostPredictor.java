package dev.holdfast.pam.forecast.xgboost;

import dev.holdfast.pam.forecast.Features;
import dev.holdfast.pam.forecast.Predictor;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Resource;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * A model loaded into native memory, which it holds until closed. Blocks in native code: use it on a
 * platform thread kept for that. Several threads may predict at once; none may after it is closed.
 */
public final class XgboostPredictor implements Predictor, AutoCloseable {
  private final XgboostModel model;
  private final Map<Resource, Booster> boosters;

  private XgboostPredictor(XgboostModel model, Map<Resource, Booster> boosters) {
    this.model = model;
    this.boosters = boosters;
  }

  /**
   * Loads a model.
   *
   * @param threads native threads for a prediction, 1 to 64
   * @throws IllegalArgumentException if its columns mean something else in this release, or its
   *     bytes are no model
   */
  public static XgboostPredictor load(XgboostModel model, int threads) {
    if (model.featureVersion() != Features.VERSION) {
      throw new IllegalArgumentException(
          "model \"" + model.id() + "\" has features of version " + model.featureVersion()
              + ", and this release those of version " + Features.VERSION + ": train it again");
    }
    XgboostPredictor predictor = new XgboostPredictor(model, new EnumMap<>(Resource.class));
    try {
      for (Map.Entry<Resource, XgboostModel.Trees> entry : model.boosters().entrySet()) {
        Booster booster = XGBoost.loadModel(entry.getValue().ubj().toByteArray());
        predictor.boosters.put(entry.getKey(), booster);
        booster.setParam("nthread", threads);
        booster.setParam("verbosity", 0);
      }
    } catch (XGBoostError | IOException unreadable) {
      predictor.close();
      throw new IllegalArgumentException(
          "model \"" + model.id() + "\" cannot be read", unreadable);
    }
    return predictor;
  }

  @Override
  public String model() {
    return model.id();
  }

  @Override
  public Set<Resource> resources() {
    return model.boosters().keySet();
  }

  @Override
  public double[][] predict(Resource resource, float[][] rows) {
    Booster booster = boosters.get(resource);
    XgboostModel.Trees trees = model.boosters().get(resource);
    if (booster == null || trees == null) {
      throw new IllegalArgumentException(model.id() + " knows nothing of " + resource);
    }
    if (rows.length == 0) {
      return new double[0][];
    }
    try {
      float[][] shares = XgboostTrainer.predict(booster, rows);
      double[][] amounts = new double[rows.length][Quantile.values().length];
      for (int i = 0; i < rows.length; i++) {
        for (int q = 0; q < amounts[i].length; q++) {
          amounts[i][q] = Math.max(0, (shares[i][q] + trees.offsets().get(q)) * trees.scale());
        }
        // Each quantile is learnt by itself, so they may cross.
        Arrays.sort(amounts[i]);
      }
      return amounts;
    } catch (XGBoostError error) {
      throw new IllegalStateException("XGBoost did not predict", error);
    }
  }

  @Override
  public void close() {
    boosters.values().forEach(Booster::dispose);
    boosters.clear();
  }
}
