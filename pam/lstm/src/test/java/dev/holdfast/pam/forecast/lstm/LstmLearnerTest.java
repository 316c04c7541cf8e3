package dev.holdfast.pam.forecast.lstm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.evaluation.Backtest;
import dev.holdfast.pam.forecast.evaluation.ForecastRow;
import dev.holdfast.pam.forecast.evaluation.Trace;
import dev.holdfast.pam.forecast.series.FeatureColumn;
import dev.holdfast.pam.forecast.series.QuantileModel;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.forecast.series.SeriesState;
import dev.holdfast.pam.forecast.series.Setting;
import dev.holdfast.pam.forecast.series.TrainingRows;
import dev.holdfast.pam.model.Quantile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LstmLearnerTest {
  private static final LstmRules SMALL = new LstmRules(8, 16, 0.2, 2, 32, 0.005);
  private static final int STEP = 300;
  private static final int[] AHEAD = {1, 3, 6, 12, 100};

  /**
   * Some hours of a workload that swings, with samples missing, from every step of which rows are
   * made.
   */
  private static TrainingRows rows(long seed) {
    Random random = new Random(seed);
    SeriesState state = new SeriesState(STEP);
    SeriesFeatures features = new SeriesFeatures();
    TrainingRows rows = new TrainingRows();
    for (int step = 0; step < 430; step++) {
      double amount = 100 + 50 * Math.sin(step / 40.0) + 20 * random.nextGaussian();
      state.fold((long) STEP * step, step % 31 == 5 ? Double.NaN : amount);
      features.at(state, List.of());
      for (int ahead : AHEAD) {
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
  void aNetworkIsFoundAmongTheWaysToLearn() {
    assertTrue(
        ServiceLoader.load(SeriesLearner.class).stream()
            .anyMatch(found -> found.type().equals(LstmLearner.class)));
  }

  @Test
  void theSameRowsAndSeedGiveTheSameBytesAndAnotherSeedOthers() {
    LstmLearner learner = new LstmLearner(SMALL);
    Bytes first = learner.train(rows(1), 7);
    assertEquals(first, learner.train(rows(1), 7));
    assertNotEquals(first, learner.train(rows(1), 8));
  }

  @Test
  void whatPlainJavaSaysEqualsWhatPytorchSaysRowByRow() {
    LstmRules whole = new LstmRules(8, 16, 0, 2, 32, 0.005);
    Lessons lessons = Lessons.of(rows(1));
    TrainingRows asked = rows(2);
    float[] own = new float[asked.count() * LstmModel.QUANTILES];
    float[] theirs;
    try (LstmTraining training = new LstmTraining(lessons, whole, 7);
        NDManager scope = Engine.getEngine("PyTorch").newBaseManager()) {
      training.descend();
      Lessons others = new Lessons(asked, lessons.evening());
      int[] all = IntStream.range(0, others.count()).toArray();
      theirs = training.say(scope, others.batch(all, 0, all.length)).toFloatArray();
      training.model().say(asked.features(), asked.count(), own);
    }
    assertTrue(spread(own) > 0.1, "rows that are all alike would prove nothing");
    for (int row = 0; row < asked.count(); row++) {
      int from = row * LstmModel.QUANTILES;
      int to = from + LstmModel.QUANTILES;
      assertArrayEquals(
          Arrays.copyOfRange(theirs, from, to),
          Arrays.copyOfRange(own, from, to),
          1e-4f,
          "row " + row);
    }
  }

  private static double spread(float[] numbers) {
    float[] sorted = numbers.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length - 1] - sorted[0];
  }

  @Test
  void rowsSayTheSameOneByOneAsTogetherAndToSeveralThreads() {
    LstmModel model = LstmTraining.train(Lessons.of(rows(1)), SMALL, 7);
    TrainingRows asked = rows(3);
    float[] features = asked.features();
    float[] together = new float[asked.count() * LstmModel.QUANTILES];
    model.say(features, asked.count(), together);
    float[] single = new float[together.length];
    IntStream.range(0, asked.count())
        .parallel()
        .forEach(
            row -> {
              float[] one = new float[LstmModel.QUANTILES];
              int from = row * SeriesFeatures.COUNT;
              model.say(Arrays.copyOfRange(features, from, from + SeriesFeatures.COUNT), 1, one);
              System.arraycopy(one, 0, single, row * one.length, one.length);
            });
    assertArrayEquals(together, single);
  }

  @Test
  void whatWasWrittenReadsTheSame() {
    LstmModel model = LstmTraining.train(Lessons.of(rows(1)), SMALL, 7);
    Bytes written = LstmCodec.encode(model);
    QuantileModel read = new LstmLearner().read(written);
    assertEquals(written, LstmCodec.encode(assertInstanceOf(LstmModel.class, read)));
    TrainingRows asked = rows(2);
    float[] before = new float[asked.count() * LstmModel.QUANTILES];
    float[] after = before.clone();
    model.say(asked.features(), asked.count(), before);
    read.say(asked.features(), asked.count(), after);
    assertArrayEquals(before, after);
  }

  @Test
  void itForetellsASeriesBetterThanRepeatingItsLastAmount() {
    List<Trace> traces = new ArrayList<>();
    for (int workload = 0; workload < 3; workload++) {
      Random random = new Random(workload);
      double[] amounts = new double[3 * 288];
      for (int step = 0; step < amounts.length; step++) {
        double rhythm = (step + 3 * workload) % 12 < 4 ? 300 : 50;
        amounts[step] = rhythm * (1 + 0.1 * random.nextDouble());
      }
      traces.add(new Trace("w" + workload, 0, STEP, new TreeMap<>(Map.of("cpu", amounts))));
    }
    int until = 2 * 288;
    Backtest.Plan plan =
        new Backtest.Plan(
            traces, traces, 144, until, until - 60, until, until, 3 * 288 - 13, 5, false);
    double[] lost = new double[2];
    new Backtest(plan, new LstmLearner(new LstmRules(8, 16, 0, 6, 32, 0.01)))
        .run(
            row -> {
              lost[0] += loss(row, new double[] {row.p50(), row.p90(), row.p95(), row.p99()});
              lost[1] += loss(row, new double[] {row.last(), row.last(), row.last(), row.last()});
            });
    assertTrue(lost[0] < 0.3 * lost[1], lost[0] + " against " + lost[1]);
  }

  @Test
  void whatNeverDifferedWhileItWasLearntCountsForNothing() {
    LstmModel model = LstmTraining.train(Lessons.of(rows(1)), SMALL, 7);
    TrainingRows asked = rows(2);
    float[] features = asked.features();
    float[] before = new float[asked.count() * LstmModel.QUANTILES];
    float[] after = before.clone();
    model.say(features, asked.count(), before);
    int companion =
        SeriesFeatures.COLUMNS.stream()
            .map(FeatureColumn::name)
            .toList()
            .indexOf("companion 1: the last amount");
    for (int row = 0; row < asked.count(); row++) {
      features[row * SeriesFeatures.COUNT + companion] = 7;
    }
    model.say(features, asked.count(), after);
    assertArrayEquals(before, after);
  }

  private static double loss(ForecastRow row, double[] said) {
    double loss = 0;
    for (Quantile quantile : Quantile.values()) {
      loss += quantile.loss(said[quantile.number() - 1], row.actual());
    }
    return loss;
  }
}
