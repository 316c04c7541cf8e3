package dev.holdfast.pam.forecast.series;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SeriesTest {
  private static final int STEP = 300;
  private static final int DAY = 288;

  @Test
  void recentAmountsKeepTheirOrderAndAlmostTheirSize() {
    RecentAmounts recent = new RecentAmounts(72);
    for (int i = 0; i < 100; i++) {
      recent.add(1e9 + i);
    }
    recent.add(12_345_678);
    recent.add(250);
    float[] latest = new float[72];
    recent.copyLatestFirst(latest);
    assertEquals(72, recent.size());
    assertEquals(250, latest[0], 250 * 0.02);
    assertEquals(12_345_678, latest[1], 12_345_678 * 0.05);
    assertEquals(1e9, latest[2], 1e9 * 0.05);
    assertEquals(1e9, latest[71], 1e9 * 0.05);
  }

  @Test
  void aSketchKnowsItsQuantilesToAFewTenths() {
    ResidualSketch sketch = new ResidualSketch();
    Random random = new Random(1);
    for (int i = 0; i < 50_000; i++) {
      sketch.add(Lead.NEAR, random.nextGaussian(), i);
      sketch.add(Lead.FAR, -100, i);
    }
    double[] found = new double[4];
    sketch.quantiles(Lead.NEAR, new double[] {0.1, 0.5, 0.9, 0.99}, found);
    assertEquals(-1.28, found[0], 0.2);
    assertEquals(0, found[1], 0.1);
    assertEquals(1.28, found[2], 0.2);
    assertEquals(2.33, found[3], 0.5);
  }

  @Test
  void aSketchRemembersWhatIsRare() {
    ResidualSketch sketch = new ResidualSketch();
    for (int i = 0; i < 5000; i++) {
      sketch.add(Lead.NEXT, i % 67 == 0 ? 7 : 0, i);
    }
    double[] found = new double[2];
    sketch.quantiles(Lead.NEXT, new double[] {0.97, 0.99}, found);
    assertEquals(0, found[0]);
    assertEquals(7, found[1], 3);
  }

  @Test
  void theDayIsRememberedByItsTimes() {
    DayProfile day = new DayProfile();
    for (int step = 0; step < 5 * DAY; step++) {
      int second = step % DAY * STEP + STEP / 2;
      boolean backup = second / 3600 == 2;
      day.fold(backup ? 1000 : 10, second, STEP);
    }
    assertEquals(5, day.days());
    assertEquals(1000, day.mean(2 * 3600 + 1800), 50);
    assertEquals(10, day.mean(12 * 3600), 1);
    assertEquals(1000, day.highest(3 * 3600 + 900, 1800), 20);
    assertEquals(day.mean(0), day.mean(86_400), 0);
  }

  @Test
  void aDayOfSecondsMovesWhatIsUsualByAFifth() {
    DayProfile day = new DayProfile();
    for (int second = 0; second < 2 * 86_400; second++) {
      boolean night = second % 86_400 < 6 * 3600;
      double amount = night ? 10 : second < 86_400 ? 1000 : 2000;
      day.fold(amount, second % 86_400, 1);
    }
    assertEquals(10, day.mean(3 * 3600), 0.2);
    assertEquals(1200, day.mean(12 * 3600), 30);
    assertEquals(2000, day.high(12 * 3600), 20);
  }

  @Test
  void aRhythmIsFoundAndNoiseHasNone() {
    float[] amounts = new float[DAY];
    Random random = new Random(1);
    for (int i = 0; i < amounts.length; i++) {
      amounts[i] = (i % 17 == 0 ? 50 : 5) + random.nextFloat();
    }
    assertEquals(17, Rhythm.of(amounts, 100).steps());
    for (int i = 0; i < amounts.length; i++) {
      amounts[i] = 7;
    }
    assertEquals(0, Rhythm.of(amounts, 100).steps());
  }

  @Test
  void theBlendFollowsWhoeverIsRight() {
    ExpertBlend blend = new ExpertBlend();
    Random random = new Random(1);
    double[] words = {90, 95, 97, 99, 10, 15, 17, 19, 500, 600, 700, 800};
    for (int sample = 1; sample < 400; sample++) {
      blend.judge(Lead.NEXT, words, 10 + 10 * random.nextDouble());
    }
    double[] blended = new double[4];
    blend.blend(Lead.NEXT, words, blended);
    assertEquals(10, blended[0], 5);
    assertEquals(19, blended[3], 5);
    blend.blend(Lead.FAR, words, blended);
    assertEquals(200, blended[0], 1, "what was learnt of one lead says nothing of another");
  }

  @Test
  void theCalibrationKeepsThePromiseThroughAShift() {
    Calibration calibration = new Calibration();
    Random random = new Random(1);
    int above = 0;
    int last = 0;
    for (int i = 0; i < 40_000; i++) {
      double spread = i < 20_000 ? 1 : 3;
      double[] quantiles = {0, 1.28, 1.64, 2.33, 0};
      calibration.move(Lead.NEXT, quantiles);
      double amount = spread * random.nextGaussian();
      calibration.observe(Lead.NEXT, quantiles, amount);
      if (i >= 30_000) {
        last++;
        above += amount > quantiles[2] ? 1 : 0;
      }
    }
    assertEquals(0.05, (double) above / last, 0.01);
  }

  @Test
  void aSteadySeriesIsForetoldAsSuchAndNeverUnderProvided() {
    TrackedSeries series = new TrackedSeries(STEP);
    SeriesForecast forecast = new SeriesForecast();
    Calibration calibration = new Calibration();
    for (int step = 0; step < 2 * DAY; step++) {
      series.fold((long) step * STEP, 130_000.37, calibration);
      double[] next =
          forecast
              .foretell(
                  series,
                  List.of(),
                  Optional.empty(),
                  calibration,
                  Setting.UNKNOWN,
                  new int[] {1, 12, 288})[1];
      assertTrue(next[3] >= 130_000.37, "p99 of " + next[3]);
      assertEquals(130_000.37, next[3], 1500);
    }
  }

  @Test
  void theFarTailLeansOnWhatIsUsualOfTheSeriesAndBesideP95() {
    TrackedSeries series = new TrackedSeries(STEP);
    Calibration calibration = new Calibration();
    for (int i = 0; i < 400; i++) {
      said(series, calibration, true, 20, i % 2 == 0 ? 40 : 60);
    }
    double rounded = 1 + AmountArray.ERROR;
    assertEquals(150 * rounded, said(series, calibration, false, 20, 50)[3], 0.5);
    // Two fifths of the width are the usual one, a fifth is the usual one for such a p95.
    assertEquals(
        100 + 0.4 * 90 + 0.4 * 50 + 0.2 * 100, said(series, calibration, false, 40, 90)[3], 1);
    assertEquals(
        100 + 0.4 * 50 + 0.4 * 50 + 0.2 * 25, said(series, calibration, false, 10, 50)[3], 1);
  }

  @Test
  void aSeriesThatWasIdleIsNotForetoldAThousandfoldWhenItWakes() {
    TrackedSeries series = new TrackedSeries(STEP);
    Calibration calibration = new Calibration();
    for (int i = 0; i < 2000; i++) {
      said(series, calibration, true, i < 2 ? 40 : 0, 60);
    }
    // At most 5.4 times the width to p95, for a fifth of the width.
    double p99 = said(series, calibration, false, 40, 60)[3];
    assertTrue(p99 < 100 + 0.8 * 60 + 0.2 * 5.5 * 40 + 1, "p99 of " + p99);
  }

  /** What is said of the next step where all experts are of one mind about p50 to p99. */
  private static double[] said(
      TrackedSeries series, Calibration calibration, boolean awaited, double to95, double to99) {
    double[] words = new double[4 * ExpertBlend.EXPERTS];
    for (int expert = 0; expert < ExpertBlend.EXPERTS; expert++) {
      double[] word = {100, 105, 100 + to95, 100 + to99};
      System.arraycopy(word, 0, words, 4 * expert, 4);
    }
    double[] into = new double[TrackedSeries.SAID];
    series.said(1, words, calibration, false, awaited, into);
    return into;
  }

  @Test
  void gapsTeachNothing() {
    Random random = new Random(1);
    TrackedSeries series = new TrackedSeries(STEP);
    Calibration calibration = new Calibration();
    for (int step = 0; step < DAY; step++) {
      series.fold((long) step * STEP, 100 + random.nextDouble(), calibration);
    }
    double before = series.state().unit();
    for (int step = DAY; step < 2 * DAY; step++) {
      series.fold((long) step * STEP, Double.NaN, calibration);
    }
    assertEquals(before, series.state().unit());
    assertEquals(DAY, series.state().samples());
    assertEquals(DAY, series.state().missing());
  }

  @Test
  void quantilesRiseAndHoldWithoutAnyModel() {
    Random random = new Random(1);
    TrackedSeries series = new TrackedSeries(STEP);
    SeriesForecast forecast = new SeriesForecast();
    Calibration calibration = new Calibration();
    int[] held = new int[4];
    int asked = 0;
    for (int step = 0; step < 12 * DAY; step++) {
      double level = 1000 + 500 * Math.sin(2 * Math.PI * step / DAY);
      double amount = Math.max(0, level + 100 * random.nextGaussian());
      if (step > 6 * DAY) {
        double[] next =
            forecast
                .foretell(
                    series,
                    List.of(),
                    Optional.empty(),
                    calibration,
                    Setting.UNKNOWN,
                    new int[] {1})[0];
        asked++;
        for (int q = 0; q < 4; q++) {
          held[q] += amount <= next[q] ? 1 : 0;
          assertTrue(q == 0 || next[q] >= next[q - 1]);
        }
      }
      series.fold((long) step * STEP, amount, calibration);
    }
    assertEquals(0.9, (double) held[1] / asked, 0.03);
    assertEquals(0.95, (double) held[2] / asked, 0.02);
    assertEquals(0.99, (double) held[3] / asked, 0.01);
  }

  @Test
  void everyColumnHasANameOfItsOwn() {
    assertEquals(
        SeriesFeatures.COUNT,
        SeriesFeatures.COLUMNS.stream().map(FeatureColumn::name).distinct().count());
  }

  @Test
  void columnsHoldWhatTheirNamesSay() {
    SeriesState state = new SeriesState(STEP);
    SeriesState other = new SeriesState(STEP);
    // From Thursday on, with an hour of much after each noon.
    for (int step = 0; step < 2 * DAY + 140; step++) {
      double amount = step % DAY >= 144 && step % DAY < 156 ? 3000 : 100 + step % 3;
      state.fold((long) step * STEP, amount);
      other.fold((long) step * STEP, 7 * amount);
    }
    SeriesFeatures features = new SeriesFeatures();
    features.at(state, List.of(other));
    float[] row = new float[SeriesFeatures.COUNT];
    features.row(8, Setting.UNKNOWN, row, 0);
    Map<String, Float> named = new HashMap<>();
    for (int i = 0; i < row.length; i++) {
      named.put(SeriesFeatures.COLUMNS.get(i).name(), row[i]);
    }
    double unit = state.unit();
    assertEquals(101, unit * value(named, "the last amount"), 1);
    assertEquals(102, unit * value(named, "the maximum of the last 144 steps"), 1);
    assertEquals(3000, unit * value(named, "the maximum of the last 288 steps"), 30);
    assertEquals(100, unit * value(named, "the minimum of the last 3 steps"), 1);
    assertEquals(3000, unit * value(named, "the highest amount so far"), 500);
    assertEquals(unit, Math.expm1(value(named, "the size of the series")), 1);
    assertEquals(2, value(named, "the time known"));
    double otherUnit = other.unit();
    assertEquals(707, otherUnit * value(named, "companion 1: the last amount"), 7);
    assertEquals(
        21_000, otherUnit * value(named, "companion 1: the usual peak at this time of day"), 420);
    assertTrue(Float.isNaN(value(named, "companion 2: the last amount")));
    assertEquals(15, value(named, "the minute of the hour"), 13);
    assertEquals(6, value(named, "the day of the week"));
    assertEquals(3000, unit * value(named, "the amount a day before"), 30);
    assertEquals(3000, unit * value(named, "the usual peak at this time of day"), 60);
    assertEquals(100, unit * value(named, "the amount an hour before"), 3);
    assertEquals(features.anchor(), unit * value(named, "smoothing's median"), 1);
    assertEquals(8, value(named, "how far ahead it is"));
  }

  @Test
  void aSeriesThatGrowsFasterThanItEverDidRunsShort() {
    Random random = new Random(3);
    SeriesState state = new SeriesState(STEP);
    for (int step = 0; step < 600; step++) {
      state.fold((long) step * STEP, 100 + random.nextGaussian());
    }
    assertEquals(0.1, state.runShort(), 0.1);
    for (int step = 600; step < 640; step++) {
      state.fold((long) step * STEP, 100 + 20 * (step - 599));
    }
    assertTrue(state.runShort() > 0.5, state.runShort() + " of the steps");
  }

  private static float value(Map<String, Float> named, String name) {
    Float value = named.get(name);
    assertNotNull(value, name);
    return value;
  }
}
