package dev.holdfast.pam.forecast.xgboost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.Calibration;
import dev.holdfast.pam.forecast.series.Contributions;
import dev.holdfast.pam.forecast.series.Expert;
import dev.holdfast.pam.forecast.series.Explanation;
import dev.holdfast.pam.forecast.series.FeatureGroup;
import dev.holdfast.pam.forecast.series.ModelQuestion;
import dev.holdfast.pam.forecast.series.QuantileModel;
import dev.holdfast.pam.forecast.series.Reasons;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.SeriesForecast;
import dev.holdfast.pam.forecast.series.SeriesState;
import dev.holdfast.pam.forecast.series.Setting;
import dev.holdfast.pam.forecast.series.TrackedSeries;
import dev.holdfast.pam.forecast.series.TrainingRows;
import dev.holdfast.pam.model.Quantile;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is said of a step, taken apart. */
final class ExplanationTest {
  private static final int STEP = 300;
  private static final int DAY = 288;
  private static final int DAYS = 6;
  private static final int PEAK_BEGINS = 120;
  private static final int PEAK_ENDS = 132;
  private static final XgboostLearner LEARNER =
      new XgboostLearner(new XgboostRules(30, 5, 0.2, 1, 7));

  private final Random random = new Random(1);

  /** Every day an hour of a peak, and otherwise little. */
  private double amount(int step) {
    int time = step % DAY;
    double level = time >= PEAK_BEGINS && time < PEAK_ENDS ? 3000 : 500;
    return level + 30 * random.nextGaussian();
  }

  /** What a series of some steps teaches, with half as much of something else beside it. */
  private TrainingRows rows() {
    double[] amounts = new double[DAYS * DAY];
    for (int step = 0; step < amounts.length; step++) {
      amounts[step] = amount(step);
    }
    SeriesState state = new SeriesState(STEP);
    SeriesState other = new SeriesState(STEP);
    SeriesFeatures features = new SeriesFeatures();
    TrainingRows rows = new TrainingRows();
    for (int step = 0; step < amounts.length; step++) {
      state.fold((long) step * STEP, amounts[step]);
      other.fold((long) step * STEP, amounts[step] / 2);
      if (step >= DAY) {
        int now = step;
        features.at(state, List.of(other));
        rows.addOrigin(
            features,
            state.unit(),
            ahead -> now + ahead < amounts.length ? amounts[now + ahead] : Double.NaN,
            ahead -> Setting.UNKNOWN);
      }
    }
    return rows;
  }

  private static double log(double amount, double unit) {
    return Math.log1p(20 * amount / unit);
  }

  @Test
  void contributionsAndTheirBaseAddUpToWhatTheModelSaysAtEveryQuantile() {
    TrainingRows rows = rows();
    Bytes bytes = LEARNER.train(rows, 7);
    QuantileModel model = LEARNER.read(bytes);
    float[] features = rows.features();
    for (int i = 0; i < features.length; i++) {
      features[i] = random.nextInt(20) == 0 ? Float.NaN : features[i];
    }
    float[] said = new float[4 * rows.count()];
    model.say(features, rows.count(), said);
    for (int row = 0; row < rows.count(); row += 211) {
      float[] one = new float[SeriesFeatures.COUNT];
      System.arraycopy(features, row * SeriesFeatures.COUNT, one, 0, one.length);
      List<Contributions> contributions = LEARNER.contributions(bytes, one).orElseThrow();
      assertEquals(4, contributions.size());
      for (int q = 0; q < 4; q++) {
        assertEquals(said[4 * row + q], contributions.get(q).said(), 1e-4, row + ", " + q);
      }
    }
  }

  @Test
  void thePeakOfEveryDayIsWhyMoreIsForetoldOfItsTime() {
    Bytes bytes = LEARNER.train(rows(), 7);
    QuantileModel model = LEARNER.read(bytes);
    TrackedSeries series = new TrackedSeries(STEP);
    TrackedSeries other = new TrackedSeries(STEP);
    Calibration calibration = new Calibration();
    SeriesForecast forecast = new SeriesForecast();
    int begin = (DAYS - 1) * DAY + PEAK_BEGINS;
    for (int step = 0; step < begin; step++) {
      double amount = amount(step);
      series.fold((long) step * STEP, amount, calibration);
      other.fold((long) step * STEP, amount / 2, calibration);
    }
    List<SeriesState> companions = List.of(other.state());
    for (Quantile quantile : Quantile.values()) {
      Explanation explanation =
          forecast.explain(
              series, companions, Optional.of(model), calibration, Setting.UNKNOWN, 3, quantile);
      double[] foretold =
          forecast
              .quantiles(
                  series,
                  companions,
                  Optional.of(model),
                  calibration,
                  Setting.UNKNOWN,
                  new int[] {3})[0];
      assertEquals(foretold[quantile.number() - 1], explanation.said());
      assertEquals(1, weights(explanation), 1e-9);
      Explanation.Opinion word = explanation.opinions().getFirst();
      assertEquals(Expert.MODEL, word.expert());

      ModelQuestion question = explanation.question().orElseThrow();
      Reasons reasons =
          question.reasons(LEARNER.contributions(bytes, question.row()).orElseThrow(), quantile);
      assertEquals(word.amount(), reasons.amount(), 1e-3 * word.amount());
      double effects =
          reasons.other().added()
              + reasons.strongest().stream().mapToDouble(one -> one.effect().added()).sum();
      double unit = series.state().unit();
      assertEquals(log(reasons.amount(), unit) - log(reasons.usual(), unit), effects, 1e-4);
      assertReadable(reasons, unit);
    }
  }

  private static void assertReadable(Reasons reasons, double unit) {
    assertTrue(reasons.strongest().size() <= Reasons.STRONGEST_MAX);
    double before = Double.MAX_VALUE;
    for (Reasons.Reason reason : reasons.strongest()) {
      double added = reason.effect().added();
      assertTrue(Math.abs(added) <= before, "the strongest first");
      before = Math.abs(added);
      double without = reasons.amount() - reason.effect().change();
      assertEquals(added, log(reasons.amount(), unit) - log(without, unit), 1e-6, "without it");
      assertTrue(reason.features().size() <= Reasons.FEATURES_MAX);
      for (Reasons.Feature feature : reason.features()) {
        assertEquals(Math.signum(added), Math.signum(feature.added()));
      }
    }
    Reasons.Reason usual =
        reasons.strongest().stream()
            .filter(reason -> reason.effect().added() > 0)
            .findFirst()
            .orElseThrow();
    assertTrue(
        List.of(FeatureGroup.TIME_OF_DAY, FeatureGroup.DAY_BEFORE, FeatureGroup.COMPANIONS)
            .contains(usual.group()),
        usual.toString());
    // Of a peak of 3000 and a mean of some 600, as amounts and not as multiples.
    assertTrue(
        usual.features().stream()
            .mapToDouble(feature -> feature.value().orElseThrow())
            .anyMatch(value -> value > 1000 && value < 3300),
        usual.toString());
  }

  private static double weights(Explanation explanation) {
    return explanation.opinions().stream().mapToDouble(Explanation.Opinion::weight).sum();
  }

  @Test
  void withoutAModelSmoothingHasItsWeight() {
    TrackedSeries series = new TrackedSeries(STEP);
    Calibration calibration = new Calibration();
    for (int step = 0; step < DAY; step++) {
      series.fold((long) step * STEP, amount(step), calibration);
    }
    Explanation explanation =
        new SeriesForecast()
            .explain(
                series, List.of(), Optional.empty(), calibration, Setting.UNKNOWN, 1, Quantile.P95);
    assertEquals(
        List.of(Expert.SMOOTHING, Expert.RECENT),
        explanation.opinions().stream().map(Explanation.Opinion::expert).toList());
    assertEquals(2.0 / 3, explanation.opinions().getFirst().weight(), 1e-9);
    assertEquals(1, weights(explanation), 1e-9);
    assertEquals(Optional.empty(), explanation.question());
  }
}
