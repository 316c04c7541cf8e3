package dev.holdfast.pam.forecast.xgboost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.RowHeader;
import dev.holdfast.pam.forecast.series.RowSink;
import dev.holdfast.pam.forecast.series.RowWriter;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.SeriesState;
import dev.holdfast.pam.forecast.series.Setting;
import dev.holdfast.pam.forecast.series.TrainingRows;
import dev.holdfast.pam.model.Quantile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FleetRowsTest {
  private static final XgboostRules FEW = new XgboostRules(10, 5, 0.2, 1, 7);
  private static final int AHEAD = 3;

  @TempDir private Path folder = Path.of("");
  private final XgboostLearner learner = new XgboostLearner(FEW);
  private final TrainingRows rows = new TrainingRows();

  @BeforeEach
  void write() throws IOException {
    workload(rows, 1);
    write(folder);
  }

  private void write(Path into) throws IOException {
    try (RowFolder.Writer file = new RowFolder.Writer(into, learner.header("cpu", 7))) {
      workload(file, 1);
      file.finish();
    }
  }

  /** Some days of a workload, with gaps. */
  private static void workload(RowSink sink, long seed) {
    Random random = new Random(seed);
    SeriesState state = new SeriesState(300);
    SeriesFeatures features = new SeriesFeatures();
    double level = 100;
    for (int step = 0; step < 3000; step++) {
      double amount = level;
      level = 100 + 50 * Math.sin(step / 40.0) + 20 * random.nextGaussian();
      state.fold(300L * step, step % 31 == 5 ? Double.NaN : amount);
      features.at(state, List.of());
      for (int ahead = 1; ahead <= AHEAD; ahead++) {
        sink.add(
            features,
            state.unit(),
            ahead,
            Setting.UNKNOWN,
            Math.max(0, level + random.nextGaussian()));
      }
    }
  }

  @Test
  void recordsAreTheColumnsAndThenTheLabel() throws IOException {
    RowFolder read = RowFolder.open(folder);
    assertEquals(rows.count(), read.header().records());
    assertEquals("cpu", read.header().resource());
    float[] features = rows.features();
    float[] labels = rows.labels();
    ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(read.records())).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < rows.count(); row++) {
      for (int i = 0; i < SeriesFeatures.COUNT; i++) {
        assertEquals(features[row * SeriesFeatures.COUNT + i], bytes.getFloat());
      }
      assertEquals(labels[row], bytes.getFloat());
    }
    assertEquals(0, bytes.remaining());
  }

  @Test
  void aFileTeachesWhatItsRowsWouldInMemory() throws IOException {
    RowFolder file = RowFolder.open(folder);
    assertEquals(learner.train(rows, 7), learner.train(file));
    assertEquals(learner.train(rows, 7), learner.train(file, rows.count(), 1000), "in batches");
  }

  @Test
  void pagesOfAFileTeachAsMuchAsItsRowsInMemory() throws IOException {
    double held = loss(learner.train(rows, 7));
    double paged = loss(learner.train(RowFolder.open(folder), 0, 1000));
    assertEquals(1, paged / held, 0.03, paged + " by pages, " + held + " held");
  }

  /** Mean pinball loss over the four quantiles. */
  private double loss(Bytes model) {
    float[] said = new float[rows.count() * Quantile.values().length];
    TreeReader.read(model).say(rows.features(), rows.count(), said);
    float[] labels = rows.labels();
    double loss = 0;
    for (int row = 0; row < labels.length; row++) {
      for (Quantile quantile : Quantile.values()) {
        int at = row * Quantile.values().length + quantile.number() - 1;
        loss += quantile.loss(said[at], labels[row]);
      }
    }
    return loss / said.length;
  }

  @Test
  void aFileTeachesAsItsHeaderSaysWhoeverReadsIt() throws IOException {
    assertEquals(learner.train(rows, 7), new XgboostLearner().train(RowFolder.open(folder)));
  }

  /** For the tests of {@code pam/spark}, which train on them, and those that read that model. */
  @Test
  void rowsAreLeftForOtherModules() throws IOException {
    Path left = Path.of("target", "fleet", "cpu");
    write(left);
    assertEquals(learner.header("cpu", 7).of(rows.count()), RowFolder.open(left).header());
  }

  @Test
  void aFileThatIsCutShortIsRefused() throws IOException {
    Path records = folder.resolve(RowFolder.RECORDS);
    RowFolder whole = RowFolder.open(folder);
    Files.write(records, new byte[RowWriter.RECORD_BYTES]);
    assertThrows(IllegalArgumentException.class, () -> RowFolder.open(folder));
    assertThrows(IOException.class, () -> learner.train(whole));
  }

  @Test
  void onlyWhatWasFinishedIsAFolder() throws IOException {
    Path other = folder.resolve("other");
    write(other);
    try (RowFolder.Writer again = new RowFolder.Writer(other, learner.header("cpu", 7))) {
      again.copy(Files.readAllBytes(folder.resolve(RowFolder.RECORDS)));
      assertEquals(rows.rows(), again.rows());
      assertThrows(IllegalArgumentException.class, () -> again.copy(new byte[1]));
    }
    assertThrows(IOException.class, () -> RowFolder.open(other));
  }

  @Test
  void aModelOfOtherColumnsIsRefused() throws XGBoostError, IOException {
    Booster booster = XGBoost.loadModel(learner.train(rows, 7).toByteArray());
    booster.setAttr(TreeReader.FEATURES_VERSION, "1");
    Bytes other = Bytes.of(booster.toByteArray("ubj"));
    booster.dispose();
    assertThrows(IllegalArgumentException.class, () -> TreeReader.read(other));
  }

  @Test
  void rowsOfAnotherReleaseAreRefused() {
    String text = learner.header("cpu", 1).toJson();
    assertEquals(learner.header("cpu", 1), RowHeader.read(text));
    for (String[] change :
        new String[][] {
          {"\"featuresVersion\" : " + SeriesFeatures.VERSION, "\"featuresVersion\" : 1"},
          {"\"version\" : 1", "\"version\" : 2"},
          {"little-endian", "big-endian"},
          {"\"the last amount\"", "\"another\""},
          {"\"records\" : 0", "\"records\" : -1"},
          {"\"resource\" : \"cpu\"", "\"resource\" : \"../cpu\""},
          {"{", "["}
        }) {
      assertTrue(text.contains(change[0]), change[0]);
      assertThrows(
          IllegalArgumentException.class,
          () -> RowHeader.read(text.replace(change[0], change[1])),
          change[1]);
    }
  }
}
