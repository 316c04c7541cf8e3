package dev.holdfast.pam.forecast.xgboost;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.QuantileTrees;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.model.Quantile;
import java.util.Arrays;
import java.util.List;

/** Reads trees from the file of a model that XGBoost wrote, here or elsewhere. */
public final class TreeReader {
  /** The largest file that is read. */
  public static final int BYTES_MAX = 32 << 20;

  /** The attribute of a model that tells the version of the columns that it looks at. */
  public static final String FEATURES_VERSION = "holdfast_features_version";

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
    return trees(ModelDocument.read(model.toByteArray()).at("learner"));
  }

  private static QuantileTrees trees(ModelDocument learner) {
    String version = learner.at("attributes").at(FEATURES_VERSION).text();
    if (!version.equals(Integer.toString(SeriesFeatures.VERSION))) {
      throw new IllegalArgumentException(
          "a model of columns of version \"" + version + "\", not " + SeriesFeatures.VERSION);
    }
    ModelDocument model = learner.at("gradient_booster").at("model");
    List<ModelDocument> trees = model.at("trees").items();
    int[] about = whole(model, "tree_info", trees.size());
    int nodes = 0;
    for (ModelDocument tree : trees) {
      nodes += tree.at("split_conditions").numbers().length;
    }
    int[] features = new int[nodes];
    float[] values = new float[nodes];
    int[] left = new int[nodes];
    int[] right = new int[nodes];
    int[] roots = new int[trees.size()];
    byte[] quantiles = new byte[trees.size()];
    int from = 0;
    for (int i = 0; i < roots.length; i++) {
      ModelDocument tree = trees.get(i);
      roots[i] = from;
      quantiles[i] = (byte) Math.clamp(about[i], -1, Byte.MAX_VALUE);
      double[] amounts = tree.at("split_conditions").numbers();
      int[] columns = whole(tree, "split_indices", amounts.length);
      int[] missingLeft = whole(tree, "default_left", amounts.length);
      int[] lefts = whole(tree, "left_children", amounts.length);
      int[] rights = whole(tree, "right_children", amounts.length);
      for (int node = 0; node < amounts.length; node++) {
        int at = from + node;
        boolean leaf = lefts[node] < 0;
        features[at] =
            missingLeft[node] == 0 ? columns[node] : QuantileTrees.leftIfMissing(columns[node]);
        values[at] = (float) amounts[node];
        left[at] = leaf ? -1 : from + lefts[node];
        right[at] = leaf ? -1 : from + rights[node];
      }
      from += amounts.length;
    }
    return new QuantileTrees(features, values, left, right, roots, quantiles, base(learner));
  }

  /** So many whole numbers. */
  private static int[] whole(ModelDocument of, String name, int count) {
    double[] numbers = of.at(name).numbers();
    int[] whole = new int[numbers.length];
    boolean exact = whole.length == count;
    for (int i = 0; i < whole.length; i++) {
      whole[i] = (int) numbers[i];
      exact &= whole[i] == numbers[i];
    }
    if (!exact) {
      throw new IllegalArgumentException(name + " of a model is not " + count + " whole numbers");
    }
    return whole;
  }

  /** XGBoost writes where the quantiles begin as a text: one number, or one for each of them. */
  private static float[] base(ModelDocument learner) {
    String text = learner.at("learner_model_param").at("base_score").text();
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
