package dev.holdfast.pam.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.signal.Departure.Leak;
import dev.holdfast.pam.signal.Departure.LevelShift;
import dev.holdfast.pam.signal.Departure.OutOfPattern;
import dev.holdfast.pam.signal.Departure.Spike;
import dev.holdfast.pam.signal.Departure.Stall;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeparturesTest {
  private static final int ROWS = 120;

  private static <T extends Departure> T named(Class<T> kind, List<Observation> series) {
    Departure departure = Departures.of(Resource.MEMORY_BYTES, series);
    return assertInstanceOf(kind, departure, departure.words());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void whatIsCollectedInBetweenIsALeakAllTheSame(long seed) {
    Random random = new Random(seed);
    // A saw: garbage comes and goes on top of what never goes.
    Leak leak =
        named(
            Leak.class,
            Series.of(ROWS, row -> 1000 + 10 * row + 50 * (row % 5) + random.nextDouble()));
    assertEquals(120, leak.perHour(), 15);
    assertTrue(leak.words().contains("grew without going back from 100"), leak.words());
  }

  @Test
  void aRateThatRisesDoesNotLeak() {
    List<Observation> rising = Series.of(ROWS, row -> 1000 + 10 * row);
    assertInstanceOf(Leak.class, Departures.of(Resource.STORAGE_BYTES, rising));
    assertFalse(Departures.of(Resource.CPU_MILLICORES, rising) instanceof Leak);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void noiseIsNothingButOutOfPattern(long seed) {
    Random random = new Random(seed);
    List<Observation> noise =
        Series.with(Series.of(ROWS, row -> 10 + random.nextDouble()), ROWS - 1, 10.5);
    named(OutOfPattern.class, noise);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aValueFarFromAllIsASpikeWhicheverWay(long seed) {
    Random random = new Random(seed);
    List<Observation> series = Series.of(ROWS, row -> 100 + random.nextGaussian());
    Spike up = named(Spike.class, Series.with(series, ROWS - 1, 200));
    assertEquals(200, up.observed());
    assertEquals(100, up.usual(), 1);
    assertEquals(0, named(Spike.class, Series.with(series, ROWS - 2, 0)).observed());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void whatStaysIsALevel(long seed) {
    Random random = new Random(seed);
    LevelShift shift =
        named(
            LevelShift.class,
            Series.of(ROWS, row -> (row < 100 ? 50 : 80) + random.nextGaussian()));
    assertEquals(Series.at(100), shift.since());
    assertEquals(80, shift.after(), 1.5);
  }

  @Test
  void whatStopsAndWhatFreezesIsAStall() {
    Random random = new Random(1);
    Stall stopped =
        named(Stall.class, Series.of(ROWS, row -> row < 110 ? 5 + random.nextDouble() : 0));
    assertTrue(stopped.stopped());
    assertEquals(Series.at(110), stopped.since());
    Stall frozen =
        named(Stall.class, Series.of(ROWS, row -> row < 110 ? 5 + random.nextDouble() : 5.25));
    assertTrue(frozen.words().startsWith("stands at exactly 5.25 since"), frozen.words());
  }

  @Test
  void whatOftenRestsIsNotStalled() {
    assertTrue(Departures.stall(Series.of(ROWS, row -> row % 12 < 4 ? 7 : 0)).isEmpty());
  }

  @Test
  void littleIsNotNamedFrom() {
    List<Observation> few = Series.of(Departures.OBSERVATIONS_MIN - 1, row -> row);
    assertThrows(IllegalArgumentException.class, () -> Departures.of(Resource.MEMORY_BYTES, few));
  }
}
