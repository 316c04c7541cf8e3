package dev.holdfast.pam.forecast.xgboost;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.pam.forecast.Features;
import dev.holdfast.pam.forecast.TrainingSet;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Resource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * Trains models. Blocks in native code: call it on a platform thread kept for that.
 *
 * <p>Few samples make quantiles too narrow. So each resource is first trained on all groups but one,
 * four times over, and the held-out samples say by how much each quantile must be moved to hold as
 * often as it claims (Romano, Patterson, Candès: Conformalized Quantile Regression, 2019; held out by
 * turns). The model itself is then trained on everything.
 */
public final class XgboostTrainer {
  private static final int QUANTILES = Quantile.values().length;

  private XgboostTrainer() {}

  /** The model of a training set; the same set and rules give the same bytes. */
  public static XgboostModel train(TrainingSet set, XgboostRules rules) {
    Map<Resource, XgboostModel.Trees> boosters = new EnumMap<>(Resource.class);
    int rows = 0;
    try {
      for (Map.Entry<Resource, TrainingSet.Rows> entry : set.rows().entrySet()) {
        boosters.put(entry.getKey(), trees(entry.getValue(), rules));
        rows = entry.getValue().count();
      }
    } catch (XGBoostError error) {
      throw new IllegalStateException("XGBoost did not train", error);
    }
    XgboostModel.Card card = new XgboostModel.Card(rules.seed(), rows, set.span());
    return new XgboostModel(id(boosters), Features.VERSION, boosters, card);
  }

  private static XgboostModel.Trees trees(TrainingSet.Rows rows, XgboostRules rules)
      throws XGBoostError {
    double scale = Math.max(1, Arrays.stream(rows.used()).max().orElse(1));
    double[][] misses = new double[QUANTILES][rows.count()];
    for (int group = 0; group < rows.groups(); group++) {
      int[] kept = members(rows, group, false);
      int[] held = members(rows, group, true);
      if (kept.length > 0 && held.length > 0) {
        Booster booster = booster(rows, kept, scale, rules);
        try {
          float[][] predicted = predict(booster, select(rows.features(), held));
          for (int i = 0; i < held.length; i++) {
            for (int q = 0; q < QUANTILES; q++) {
              misses[q][held[i]] = rows.used()[held[i]] / scale - predicted[i][q];
            }
          }
        } finally {
          booster.dispose();
        }
      }
    }
    List<Double> offsets = new ArrayList<>();
    for (Quantile quantile : Quantile.values()) {
      offsets.add(offset(misses[quantile.number() - 1], quantile.probability()));
    }
    int[] all = new int[rows.count()];
    Arrays.setAll(all, i -> i);
    Booster booster = booster(rows, all, scale, rules);
    try {
      return new XgboostModel.Trees(Bytes.of(booster.toByteArray("ubj")), scale, offsets);
    } finally {
      booster.dispose();
    }
  }

  /** What to add so that the quantile would have held for its share of the held-out samples. */
  private static double offset(double[] misses, double probability) {
    double[] sorted = misses.clone();
    Arrays.sort(sorted);
    int rank = (int) Math.ceil((sorted.length + 1) * probability);
    return sorted[Math.min(rank, sorted.length) - 1];
  }

  private static Booster booster(
      TrainingSet.Rows rows, int[] members, double scale, XgboostRules rules)
      throws XGBoostError {
    float[] labels = new float[members.length];
    for (int i = 0; i < members.length; i++) {
      labels[i] = (float) (rows.used()[members[i]] / scale);
    }
    DMatrix matrix = matrix(select(rows.features(), members));
    try {
      matrix.setLabel(labels);
      return XGBoost.train(
          matrix, parameters(rules, members.length), rules.rounds(), Map.of(), null, null);
    } finally {
      matrix.dispose();
    }
  }

  private static Map<String, Object> parameters(XgboostRules rules, int rows) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("objective", "reg:quantileerror");
    parameters.put("quantile_alpha", "[0.5,0.9,0.95,0.99]");
    parameters.put("tree_method", "hist");
    parameters.put("max_depth", rules.depthMax());
    parameters.put("eta", rules.learningRate());
    // Leaves of fewer samples say little of a tail.
    parameters.put("min_child_weight", Math.clamp(rows / 16, 4, 32));
    parameters.put("nthread", rules.threads());
    parameters.put("seed", rules.seed());
    parameters.put("verbosity", 0);
    return parameters;
  }

  private static int[] members(TrainingSet.Rows rows, int group, boolean inside) {
    int[] members = new int[rows.count()];
    int count = 0;
    for (int i = 0; i < members.length; i++) {
      if ((rows.group()[i] == group) == inside) {
        members[count++] = i;
      }
    }
    return Arrays.copyOf(members, count);
  }

  private static float[][] select(float[][] rows, int[] members) {
    float[][] selected = new float[members.length][];
    Arrays.setAll(selected, i -> rows[members[i]]);
    return selected;
  }

  /** Predictions as the trees give them: shares of the scale, unsorted. */
  static float[][] predict(Booster booster, float[][] rows) throws XGBoostError {
    DMatrix matrix = matrix(rows);
    try {
      return booster.predict(matrix);
    } finally {
      matrix.dispose();
    }
  }

  private static DMatrix matrix(float[][] rows) throws XGBoostError {
    float[] flat = new float[rows.length * Features.COUNT];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * Features.COUNT, Features.COUNT);
    }
    return new DMatrix(flat, rows.length, Features.COUNT, Float.NaN);
  }

  private static String id(Map<Resource, XgboostModel.Trees> boosters) {
    List<Bytes> parts = new ArrayList<>();
    boosters.forEach(
        (resource, trees) -> {
          parts.add(Bytes.of((byte) resource.number()));
          parts.add(trees.ubj());
        });
    return "xgb-" + Sha256.of(parts.toArray(Bytes[]::new)).hex().substring(0, 16);
  }
}
