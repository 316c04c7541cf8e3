package dev.holdfast.pam.forecast.xgboost;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.Contributions;
import dev.holdfast.pam.forecast.series.QuantileModel;
import dev.holdfast.pam.forecast.series.RowHeader;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.forecast.series.TrainingRows;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.registry.ModelKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/** Learns boosted trees, as XGBoost's UBJSON. */
public final class XgboostLearner implements SeriesLearner {
  /** Beyond so many rows, training keeps them in files instead of memory. */
  public static final long HELD_ROWS_MAX = 500_000;

  private static final int BATCH_ROWS = 1 << 16;
  private static final String BINS = "max_bin";
  private static final int BINS_USED = 64;

  private final XgboostRules rules;

  /** Learns by the rules that did best. */
  public XgboostLearner() {
    this(XgboostRules.SERIES);
  }

  /** Learns by these rules. */
  public XgboostLearner(XgboostRules rules) {
    this.rules = rules;
  }

  @Override
  public ModelKind kind() {
    return ModelKind.XGBOOST;
  }

  @Override
  public QuantileModel read(Bytes model) {
    return TreeReader.read(model);
  }

  @Override
  public SortedMap<String, String> parameters() {
    return new TreeMap<>(
        Map.of(
            "rounds", Integer.toString(rules.rounds()),
            "depthMax", Integer.toString(rules.depthMax()),
            "learningRate", Double.toString(rules.learningRate())));
  }

  @Override
  public Bytes train(TrainingRows rows, long seed) {
    try {
      DMatrix matrix = new DMatrix(rows.features(), rows.count(), SeriesFeatures.COUNT, Float.NaN);
      try {
        matrix.setLabel(rows.labels());
        return train(matrix, rules.rounds(), settings(seed));
      } finally {
        matrix.dispose();
      }
    } catch (XGBoostError error) {
      throw new IllegalStateException("XGBoost did not train", error);
    }
  }

  @Override
  public Optional<List<Contributions>> contributions(Bytes model, float[] row) {
    try {
      Booster booster = XGBoost.loadModel(model.toByteArray());
      try {
        booster.setParam("nthread", rules.threads());
        DMatrix matrix = new DMatrix(row, 1, SeriesFeatures.COUNT, Float.NaN);
        try {
          return Optional.of(byQuantile(booster.predictContrib(matrix, 0)[0]));
        } finally {
          matrix.dispose();
        }
      } finally {
        booster.dispose();
      }
    } catch (XGBoostError | IOException unreadable) {
      throw new IllegalArgumentException("these bytes are no model of XGBoost", unreadable);
    }
  }

  /** XGBoost gives for one quantile after another those of the columns, and then the base. */
  private static List<Contributions> byQuantile(float[] flat) {
    int width = SeriesFeatures.COUNT + 1;
    int quantiles = Quantile.values().length;
    if (flat.length != quantiles * width) {
      throw new IllegalArgumentException("a model of other columns or quantiles");
    }
    return IntStream.range(0, quantiles)
        .mapToObj(
            q ->
                new Contributions(
                    flat[q * width + width - 1],
                    IntStream.range(0, SeriesFeatures.COUNT)
                        .mapToObj(column -> (double) flat[q * width + column])
                        .toList()))
        .toList();
  }

  /**
   * A model of the rows of a file, however many, trained as the file's header says. Of up to {@link
   * #HELD_ROWS_MAX} it is byte for byte what {@link #train(TrainingRows, long)} gives where {@link
   * #header} is of the same rules and seed. Of more, it is as good: they are kept in temporary
   * files of pages, whose quantiles XGBoost tells a little differently.
   *
   * @throws IOException if the file cannot be read
   */
  public Bytes train(RowFolder rows) throws IOException {
    return train(rows, HELD_ROWS_MAX, BATCH_ROWS);
  }

  Bytes train(RowFolder rows, long heldMax, int batchRows) throws IOException {
    if (rows.header().records() <= heldMax) {
      return train(rows, batchRows, Optional.empty());
    }
    Path pages = Files.createTempDirectory("holdfast-training");
    try {
      return train(rows, batchRows, Optional.of(pages));
    } finally {
      try (Stream<Path> left = Files.list(pages)) {
        for (Path page : left.toList()) {
          Files.delete(page);
        }
      }
      Files.delete(pages);
    }
  }

  private Bytes train(RowFolder rows, int batchRows, Optional<Path> pages) throws IOException {
    SortedMap<String, String> settings = rows.header().parameters();
    try {
      int bins = Integer.parseInt(settings.getOrDefault(BINS, Integer.toString(BINS_USED)));
      DMatrix matrix = QuantileMatrix.of(rows, bins, rules.threads(), batchRows, pages);
      try {
        return train(matrix, rows.header().rounds(), settings);
      } finally {
        matrix.dispose();
      }
    } catch (XGBoostError error) {
      throw new IllegalStateException("XGBoost did not train", error);
    }
  }

  private Bytes train(DMatrix matrix, int rounds, Map<String, String> settings)
      throws XGBoostError {
    Map<String, Object> all = new HashMap<>(settings);
    // Of the machine, not of the model.
    all.put("nthread", rules.threads());
    all.put("verbosity", 0);
    Booster booster = XGBoost.train(matrix, all, rounds, Map.of(), null, null);
    try {
      booster.setAttr(TreeReader.FEATURES_VERSION, Integer.toString(SeriesFeatures.VERSION));
      return Bytes.of(booster.toByteArray("ubj"));
    } finally {
      booster.dispose();
    }
  }

  /** What stands beside rows of a resource, so that they can be trained on elsewhere just so. */
  public RowHeader header(String resource, long seed) {
    return new RowHeader(resource, 0, rules.rounds(), settings(seed));
  }

  /** What decides what is learnt, by XGBoost's own names. */
  private SortedMap<String, String> settings(long seed) {
    SortedMap<String, String> settings = new TreeMap<>();
    settings.put("objective", "reg:quantileerror");
    settings.put("quantile_alpha", "[0.5,0.9,0.95,0.99]");
    settings.put("tree_method", "hist");
    settings.put(BINS, Integer.toString(BINS_USED));
    settings.put("max_depth", Integer.toString(rules.depthMax()));
    settings.put("eta", Double.toString(rules.learningRate()));
    settings.put("min_child_weight", "20");
    settings.put("subsample", "0.7");
    settings.put("colsample_bynode", "0.4");
    settings.put("seed", Integer.toString(Long.hashCode(seed)));
    return settings;
  }
}
