package dev.holdfast.pam.forecast.xgboost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.Circumstances;
import dev.holdfast.pam.forecast.series.QuantileTrees;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.SeriesKind;
import dev.holdfast.pam.forecast.series.SeriesState;
import dev.holdfast.pam.forecast.series.Setting;
import dev.holdfast.pam.forecast.series.TrainingRows;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.junit.jupiter.api.Test;

final class SeriesTreesTest {
  private static final XgboostRules FEW = new XgboostRules(12, 5, 0.2, 1, 7);

  /** A day and a half of some workload, from every step of which rows are made. */
  private static TrainingRows rows(long seed) {
    Random random = new Random(seed);
    SeriesState state = new SeriesState(300);
    SeriesFeatures features = new SeriesFeatures();
    TrainingRows rows = new TrainingRows();
    for (int step = 0; step < 430; step++) {
      double amount = 100 + 50 * Math.sin(step / 40.0) + 20 * random.nextGaussian();
      state.fold(300L * step, step % 31 == 5 ? Double.NaN : amount);
      features.at(state, List.of());
      for (int ahead : new int[] {1, 3, 6, 12, 100}) {
        rows.add(
            features,
            state.unit(),
            ahead,
            Setting.UNKNOWN,
            Math.max(0, amount + random.nextGaussian()));
      }
    }
    return rows;
  }

  @Test
  void walkedTreesEqualXgboostRowByRow() throws Exception {
    TrainingRows rows = rows(1);
    Bytes model = new XgboostLearner(FEW).train(rows, 7);
    QuantileTrees trees = TreeReader.read(model);
    assertEquals(4 * FEW.rounds(), trees.size());
    float[] asked = rows(2).features();
    Random random = new Random(3);
    for (int i = 0; i < asked.length; i++) {
      asked[i] = random.nextInt(20) == 0 ? Float.NaN : asked[i];
    }
    int count = asked.length / SeriesFeatures.COUNT;
    float[] walked = new float[4 * count];
    trees.say(asked, count, walked);
    Booster booster = XGBoost.loadModel(model.toByteArray());
    DMatrix matrix = new DMatrix(asked, count, SeriesFeatures.COUNT, Float.NaN);
    float[][] predicted = booster.predict(matrix);
    for (int row = 0; row < count; row++) {
      float[] own =
          new float[] {
            walked[4 * row], walked[4 * row + 1], walked[4 * row + 2], walked[4 * row + 3]
          };
      assertArrayEquals(predicted[row], own, 1e-5f, "row " + row);
    }
    matrix.dispose();
    booster.dispose();
  }

  @Test
  void bothFormsOfAFileAreReadAsTheSameTrees() throws Exception {
    TrainingRows rows = rows(1);
    Booster booster = XGBoost.loadModel(new XgboostLearner(FEW).train(rows, 7).toByteArray());
    float[] asked = rows(2).features();
    int count = asked.length / SeriesFeatures.COUNT;
    float[][] said = new float[2][4 * count];
    TreeReader.read(Bytes.of(booster.toByteArray("ubj"))).say(asked, count, said[0]);
    TreeReader.read(Bytes.of(booster.toByteArray("json"))).say(asked, count, said[1]);
    assertArrayEquals(said[0], said[1]);
    booster.dispose();
  }

  @Test
  void aFileCutAnywhereIsRefused() {
    byte[] model =
        new XgboostLearner(new XgboostRules(1, 2, 0.2, 1, 7)).train(rows(1), 7).toByteArray();
    for (int length = 0; length < model.length; length++) {
      Bytes cut = Bytes.of(Arrays.copyOf(model, length));
      assertThrows(IllegalArgumentException.class, () -> TreeReader.read(cut));
    }
    Bytes more = Bytes.of(Arrays.copyOf(model, model.length + 1));
    assertThrows(IllegalArgumentException.class, () -> TreeReader.read(more));
  }

  @Test
  void whatNestsWithoutEndIsRefused() {
    byte[] nested = new byte[100_000];
    Arrays.fill(nested, (byte) '[');
    nested[0] = '{';
    nested[1] = 'i';
    nested[2] = 0;
    assertThrows(IllegalArgumentException.class, () -> TreeReader.read(Bytes.of(nested)));
    Bytes json = Bytes.utf8("{\"learner\":" + "[".repeat(500) + "]".repeat(500) + "}");
    assertThrows(IllegalArgumentException.class, () -> TreeReader.read(json));
  }

  @Test
  void theSameRowsAndRulesGiveTheSameBytes() {
    assertEquals(
        new XgboostLearner(FEW).train(rows(1), 7), new XgboostLearner(FEW).train(rows(1), 7));
  }

  private static Setting ofType(String type) {
    SeriesKind kind = new SeriesKind(Optional.of(type), Optional.empty());
    return new Circumstances().of(Map.of(), kind, 1);
  }

  @Test
  void whatOneTypeOfWorkloadDoesIsExpectedOfItAlone() {
    Random random = new Random(4);
    SeriesState state = new SeriesState(300);
    SeriesFeatures features = new SeriesFeatures();
    TrainingRows rows = new TrainingRows();
    Setting batch = ofType("batch");
    Setting web = ofType("web");
    for (int step = 0; step < 400; step++) {
      state.fold(300L * step, 100 + random.nextGaussian());
      features.at(state, List.of());
      rows.add(features, state.unit(), 1, batch, 300 + random.nextGaussian());
      rows.add(features, state.unit(), 1, web, 50 + random.nextGaussian());
    }
    QuantileTrees trees =
        TreeReader.read(new XgboostLearner(new XgboostRules(150, 3, 0.2, 1, 7)).train(rows, 7));
    float[] asked = new float[2 * SeriesFeatures.COUNT];
    features.row(1, batch, asked, 0);
    features.row(1, web, asked, SeriesFeatures.COUNT);
    float[] said = new float[8];
    trees.say(asked, 2, said);
    assertEquals(Math.log(3), said[0], 0.15);
    assertEquals(Math.log(0.5), said[4], 0.15);
  }

  @Test
  void whatIsNoModelIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> TreeReader.read(Bytes.of((byte) 1, (byte) 2)));
  }

  @Test
  void aTreeThatLeadsInACircleIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new QuantileTrees(
                new int[] {0, 0, 0},
                new float[] {1, 1, 1},
                new int[] {1, 0, -1},
                new int[] {2, 2, -1},
                new int[] {0},
                new byte[] {0},
                new float[4]));
  }
}
