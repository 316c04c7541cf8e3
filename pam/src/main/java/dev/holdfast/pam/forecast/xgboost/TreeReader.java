package dev.holdfast.pam.forecast.xgboost;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.QuantileTrees;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.model.Quantile;
import java.io.IOException;
import java.util.Arrays;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/** Reads trees from the file of a model that XGBoost wrote, here or elsewhere. */
public final class TreeReader {
  /** The largest file that is read. */
  public static final int BYTES_MAX = 64 << 20;

  /** The attribute of a model that tells the version of the columns that it looks at. */
  public static final String FEATURES_VERSION = "holdfast_features_version";

  private static final JsonMapper JSON = new JsonMapper();

  private TreeReader() {}

  /**
   * The trees of a model.
   *
   * @param model XGBoost's UBJSON or JSON
   * @throws IllegalArgumentException if it is no model for four quantiles, or of other columns than
   *     those of this release
   */
  public static QuantileTrees read(Bytes model) {
    if (model.length() > BYTES_MAX) {
      throw new IllegalArgumentException("a model of " + model.length() + " bytes");
    }
    try {
      Booster booster = XGBoost.loadModel(model.toByteArray());
      try {
        return trees(JSON.readTree(booster.toByteArray("json")).path("learner"));
      } finally {
        booster.dispose();
      }
    } catch (XGBoostError | IOException unreadable) {
      throw new IllegalArgumentException("these bytes are no model of XGBoost", unreadable);
    }
  }

  private static QuantileTrees trees(JsonNode learner) {
    String version = learner.path("attributes").path(FEATURES_VERSION).asText("");
    if (!version.equals(Integer.toString(SeriesFeatures.VERSION))) {
      throw new IllegalArgumentException(
          "a model of columns of version \"" + version + "\", not " + SeriesFeatures.VERSION);
    }
    JsonNode model = learner.path("gradient_booster").path("model");
    JsonNode trees = model.path("trees");
    int count = trees.size();
    int nodes = 0;
    for (JsonNode tree : trees) {
      nodes += tree.path("left_children").size();
    }
    int[] features = new int[nodes];
    float[] values = new float[nodes];
    int[] left = new int[nodes];
    int[] right = new int[nodes];
    int[] roots = new int[count];
    byte[] quantiles = new byte[count];
    int from = 0;
    for (int i = 0; i < count; i++) {
      JsonNode tree = trees.get(i);
      roots[i] = from;
      quantiles[i] = (byte) model.path("tree_info").path(i).asInt(-1);
      int size = tree.path("left_children").size();
      for (int node = 0; node < size; node++) {
        int at = from + node;
        int next = tree.path("left_children").path(node).asInt();
        int feature = tree.path("split_indices").path(node).asInt();
        boolean missingLeft = tree.path("default_left").path(node).asInt() != 0;
        features[at] = missingLeft ? QuantileTrees.leftIfMissing(feature) : feature;
        values[at] = tree.path("split_conditions").path(node).floatValue();
        left[at] = next < 0 ? -1 : from + next;
        right[at] = next < 0 ? -1 : from + tree.path("right_children").path(node).asInt();
      }
      from += size;
    }
    return new QuantileTrees(features, values, left, right, roots, quantiles, base(learner));
  }

  /** XGBoost writes where the quantiles begin as a text: one number, or one for each of them. */
  private static float[] base(JsonNode learner) {
    String text = learner.path("learner_model_param").path("base_score").asText();
    String[] parts = text.replace("[", "").replace("]", "").split(",", -1);
    float[] base = new float[Quantile.values().length];
    if (parts.length != 1 && parts.length != base.length) {
      throw new IllegalArgumentException("a model of " + parts.length + " quantiles");
    }
    try {
      Arrays.fill(base, Float.parseFloat(parts[0]));
      for (int q = 0; q < parts.length; q++) {
        base[q] = Float.parseFloat(parts[q]);
      }
    } catch (NumberFormatException noNumber) {
      throw new IllegalArgumentException("a model that begins at \"" + text + "\"", noNumber);
    }
    return base;
  }
}
