package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.QuantileModel;
import dev.holdfast.pam.forecast.series.RowWriter;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.xgboost.RowFolder;
import dev.holdfast.pam.forecast.xgboost.TreeReader;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.server.learn.model.SeriesArtefact;
import dev.holdfast.server.learn.model.SeriesModelTrainer;
import dev.holdfast.server.learn.model.WorkloadTypes;
import dev.holdfast.store.series.UsageSeries;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that Spark trained, on JDK 17, in the tests of {@code pam/spark}. */
final class FleetModelTest {
  private static final int QUANTILES = Quantile.values().length;
  private static final Path ROOT = Path.of(System.getProperty("holdfast.root", "."));
  private static final Path MODEL = ROOT.resolve("pam/spark/target/fleet/cpu.ubj");

  private Bytes model = Bytes.EMPTY;
  private float[] features = new float[0];
  private float[] labels = new float[0];

  @BeforeEach
  void read() throws IOException {
    assertTrue(
        Files.isRegularFile(MODEL),
        MODEL + " is written by FleetTrainingTest of pam/spark: run that first");
    model = Bytes.of(Files.readAllBytes(MODEL));
    RowFolder rows = RowFolder.open(ROOT.resolve("pam/target/fleet/cpu"));
    ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(rows.records())).order(ByteOrder.LITTLE_ENDIAN);
    int count = (int) rows.header().records();
    assertEquals(count * RowWriter.RECORD_BYTES, bytes.remaining());
    features = new float[count * SeriesFeatures.COUNT];
    labels = new float[count];
    for (int row = 0; row < count; row++) {
      for (int i = 0; i < SeriesFeatures.COUNT; i++) {
        features[row * SeriesFeatures.COUNT + i] = bytes.getFloat();
      }
      labels[row] = bytes.getFloat();
    }
  }

  @Test
  void itLoadsHereUnchangedAndSaysWhatXgboostSays() throws Exception {
    float[] walked = said(TreeReader.read(model));
    Booster booster = XGBoost.loadModel(model.toByteArray());
    DMatrix matrix = new DMatrix(features, labels.length, SeriesFeatures.COUNT, Float.NaN);
    float[][] predicted = booster.predict(matrix);
    for (int row = 0; row < labels.length; row++) {
      float[] own = new float[QUANTILES];
      System.arraycopy(walked, row * QUANTILES, own, 0, QUANTILES);
      assertArrayEquals(predicted[row], own, 1e-5f, "row " + row);
    }
    matrix.dispose();
    booster.dispose();
  }

  @Test
  void aServerTakesItAndNothingThatWasCutShort(@TempDir Path folder) {
    try (UsageSeries series = UsageSeries.open(folder.resolve("usage.db"))) {
      SeriesModelTrainer trainer =
          new SeriesModelTrainer(series, new XgboostLearner(), new WorkloadTypes(10));
      Bytes artefact = trainer.imported(Resource.CPU_MILLICORES, model).artefact();
      assertEquals(model, SeriesArtefact.read(artefact).models().get(Resource.CPU_MILLICORES));
      for (int length : new int[] {0, 1, 1000, model.length() / 2, model.length() - 1}) {
        Bytes cut = Bytes.of(Arrays.copyOf(model.toByteArray(), length));
        assertThrows(
            IllegalArgumentException.class,
            () -> trainer.imported(Resource.CPU_MILLICORES, cut),
            "the first " + length + " bytes");
      }
    }
  }

  @Test
  void itIsAsGoodAsOneTrainedHereOnTheSameRows() throws IOException {
    RowFolder rows = RowFolder.open(ROOT.resolve("pam/target/fleet/cpu"));
    double here = loss(said(TreeReader.read(new XgboostLearner().train(rows))));
    double there = loss(said(TreeReader.read(model)));
    // Each worker draws rows and columns of its own.
    assertEquals(1, there / here, 0.05, there + " by Spark, " + here + " here");
  }

  private float[] said(QuantileModel trees) {
    float[] said = new float[labels.length * QUANTILES];
    trees.say(features, labels.length, said);
    return said;
  }

  private double loss(float[] said) {
    double loss = 0;
    for (int row = 0; row < labels.length; row++) {
      for (Quantile quantile : Quantile.values()) {
        loss += quantile.loss(said[row * QUANTILES + quantile.number() - 1], labels[row]);
      }
    }
    return loss / labels.length;
  }
}
