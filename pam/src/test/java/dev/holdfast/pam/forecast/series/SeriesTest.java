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
    HalfRing ring = new HalfRing(4);
    for (double amount : new double[] {3, 1e12, 70_000, 5e9, 12_345_678, 250}) {
      ring.add(amount);
    }
    float[] latest = new float[4];
    ring.copyLatestFirst(latest);
    assertEquals(4, ring.size());
    assertEquals(250, latest[0], 250 * 0.2);
    assertEquals(12_345_678, latest[1], 12_345_678 * 0x1p-11);
    assertEquals(5e9, latest[2], 5e9 * 0x1p-11);
  }

  @Test
  void aSketchKnowsItsQuantilesToAFewTenths() {
    ResidualSketch sketch = new ResidualSketch();
    Random random = new Random(1);
    for (int i = 0; i < 50_000; i++) {
      sketch.add(random.nextGaussian());
    }
    assertEquals(0, sketch.quantile(0.5), 0.1);
    assertEquals(1.28, sketch.quantile(0.9), 0.2);
    assertEquals(2.33, sketch.quantile(0.99), 0.5);
    assertEquals(-1.28, sketch.quantile(0.1), 0.2);
  }

  @Test
  void aSketchOfNothingButNothingSaysNothing() {
    ResidualSketch sketch = new ResidualSketch();
    for (int i = 0; i < 5000; i++) {
      sketch.add(0);
    }
    assertEquals(0, sketch.quantile(0.99));
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
    assertEquals(1000, day.highest(3 * 3600 + 900, 1800), 10);
    assertEquals(day.mean(0), day.mean(86_400), 0);
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
    assertEquals(3000, unit * value(named, "the maximum of the last 288 steps"), 3);
    assertEquals(100, unit * value(named, "the minimum of the last 3 steps"), 1);
    assertEquals(3000, unit * value(named, "the highest amount so far"), 500);
    assertEquals(unit, Math.expm1(value(named, "the size of the series")), 1);
    assertEquals(2, value(named, "the time known"));
    double otherUnit = other.unit();
    assertEquals(707, otherUnit * value(named, "companion 1: the last amount"), 7);
    assertEquals(
        21_000, otherUnit * value(named, "companion 1: the usual peak at this time of day"), 50);
    assertTrue(Float.isNaN(value(named, "companion 2: the last amount")));
    assertEquals(15, value(named, "the minute of the hour"), 13);
    assertEquals(6, value(named, "the day of the week"));
    assertEquals(3000, unit * value(named, "the amount a day before"), 3);
    assertEquals(3000, unit * value(named, "the usual peak at this time of day"), 10);
    assertEquals(100, unit * value(named, "the amount an hour before"), 3);
    assertEquals(features.anchor(), unit * value(named, "smoothing's median"), 1);
    assertEquals(8, value(named, "how far ahead it is"));
  }

  private static float value(Map<String, Float> named, String name) {
    Float value = named.get(name);
    assertNotNull(value, name);
    return value;
  }
}
