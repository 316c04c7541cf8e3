package dev.holdfast.pam.signal;

import static dev.holdfast.pam.signal.Series.DAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AnomalyDetectorTest {
  private static final int ROWS = 14 * DAY;

  /** Twenty around a hundred, with a day's wave of forty. */
  private static List<Observation> ordinary(long seed) {
    Random random = new Random(seed);
    return Series.of(
        ROWS, row -> 100 + 40 * Math.sin(2 * Math.PI * row / DAY) + 5 * random.nextGaussian());
  }

  private static long within(List<Integer> alarms, int from, int to) {
    return alarms.stream().filter(row -> row >= from && row < to).count();
  }

  @Test
  void whatIsOrdinaryRaisesOneAlarmInTwoDaysAtMost() {
    int alarms = 0;
    for (long seed = 0; seed < 10; seed++) {
      alarms += Series.alarms(ordinary(seed)).size();
    }
    assertTrue(alarms <= 10 * 7, alarms + " alarms in ten series of 14 days");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aValueFarFromAllBeforeIsAnAlarmAtOnceWhicheverWayItLies(long seed) {
    int row = 3000;
    for (double value : new double[] {-100, 300}) {
      List<Rating> ratings = Series.rated(Series.with(ordinary(seed), row, value));
      assertTrue(ratings.get(row).alarm(), "seed " + seed + ": " + ratings.get(row));
      assertEquals(Rating.Evidence.VALUE, ratings.get(row).evidence());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void whatTheForecastLedToExpectIsNoneThoughItNeverCameBefore(long seed) {
    int row = 3000;
    List<Observation> series = Series.with(ordinary(seed), row, 300);
    assertFalse(Series.rated(Series.forecast(series, row, 300)).get(row).alarm());
    assertTrue(Series.rated(Series.forecast(series, row, 100)).get(row).alarm());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void anOrdinaryValueThatLastsAtTheWrongTimeOfDayIsAnAlarm(long seed) {
    int from = 10 * DAY;
    List<Observation> series = ordinary(seed);
    for (int row = from; row < from + DAY / 2; row++) {
      // The other half of the wave: nothing that was not seen on each day, but never now.
      series = Series.with(series, row, 200 - series.get(row).value());
    }
    List<Integer> alarms = Series.alarms(series);
    assertTrue(within(alarms, from, from + DAY / 2) > 0, "seed " + seed + ": " + alarms);
  }

  @Test
  void whatComesEveryDayIsHardlyAnAlarmAfterSomeDays() {
    int alarms = 0;
    for (long seed = 0; seed < 10; seed++) {
      Random random = new Random(seed);
      List<Integer> rows =
          Series.alarms(
              Series.of(
                  ROWS, row -> (row % DAY == DAY / 2 ? 500 : 0) + 100 + 5 * random.nextGaussian()));
      alarms += (int) rows.stream().filter(row -> row > 4 * DAY && row % DAY == DAY / 2).count();
    }
    assertTrue(alarms <= 20, alarms + " of 100 expected spikes");
  }

  @Test
  void aSeriesThatNeverMovedAlarmsWhenItDoes() {
    List<Observation> series = Series.with(Series.of(1000, row -> 42), 700, 43);
    assertEquals(List.of(700), Series.alarms(series));
  }

  @Test
  void whatLastsIsOneAlarm() {
    List<Observation> series = Series.of(2000, row -> row < 1500 ? row % 7 : row % 7 + 50);
    assertEquals(1, within(Series.alarms(series), 1500, 1540));
  }

  @Test
  void whatIsRaisedAgainAndAgainIsHeardLess() {
    Habituation habituation = new Habituation();
    habituation.alarm(1000);
    double once = habituation.raisedBy(1100);
    habituation.alarm(1100);
    assertTrue(habituation.rests(1110) && !habituation.rests(1140));
    assertTrue(habituation.raisedBy(1200) > once && once > habituation.raisedBy(4000));
  }

  @Test
  void noRatingDependsOnWhatComesAfter() {
    List<Observation> series = ordinary(3);
    List<Observation> otherwise = Series.with(series, 2000, 1e6);
    assertEquals(Series.rated(series).subList(0, 2000), Series.rated(otherwise).subList(0, 2000));
  }

  @Test
  void theUnitOfASeriesDoesNotMatter() {
    List<Observation> series = ordinary(4);
    List<Observation> inOtherUnits =
        series.stream().map(one -> new Observation(one.at(), one.value() * (1 << 20))).toList();
    assertEquals(Series.rated(series), Series.rated(inOtherUnits));
  }

  @Test
  void nothingIsRaisedBeforeItKnowsTheSeries() {
    List<Observation> series =
        Series.of(AnomalyDetector.WARM_UP, row -> row == 100 ? 1e9 : row % 9);
    assertEquals(List.of(), Series.alarms(series));
  }

  @Test
  void theLargestNumbersAreRatedToo() {
    List<Observation> series =
        Series.of(1000, row -> (row % 2 == 0 ? 1 : -1) * Observation.VALUE_MAX);
    assertEquals(List.of(), Series.alarms(series));
    assertThrows(IllegalArgumentException.class, () -> new Observation(Series.START, Double.NaN));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Observation(Series.START, Double.POSITIVE_INFINITY));
  }
}
