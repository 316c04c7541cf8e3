package dev.holdfast.pam.forecast.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class PersistenceTest {
  private static final double AMOUNT = 24_812.2;
  private final Persistence persistence = new Persistence();

  @Test
  void whatStaysIsForetoldAsItselfUpToItsChance() {
    learn(steady(20), 0.85);
    double[] quantiles = foretold();
    persistence.mix(1, steady(20), quantiles);
    assertEquals(AMOUNT, quantiles[0], AMOUNT / 1000);
    assertEquals(AMOUNT, quantiles[1], AMOUNT / 1000);
    assertTrue(quantiles[2] > 26_000, "beyond its chance others come: p95 of " + quantiles[2]);
    assertTrue(quantiles[2] < 29_000, "which are the rarer for it: p95 of " + quantiles[2]);
  }

  @Test
  void theFarTailIsLeftAsItWas() {
    learn(steady(20), 0.999);
    double[] quantiles = foretold();
    persistence.mix(1, steady(20), quantiles);
    assertEquals(AMOUNT, quantiles[2], AMOUNT / 1000);
    assertEquals(40_000, quantiles[3]);
  }

  @Test
  void ofWhatNeverStaysNothingChanges() {
    learn(steady(20), 0);
    double[] quantiles = foretold();
    persistence.mix(1, steady(20), quantiles);
    assertArrayEquals(foretold(), quantiles);
  }

  @Test
  void howLongAnAmountHasStayedIsLearntApart() {
    learn(steady(20), 0.97);
    double[] quantiles = foretold();
    persistence.mix(1, steady(0), quantiles);
    assertArrayEquals(foretold(), quantiles, "it has only just come");
  }

  @Test
  void aPeakThatStaysSaysNothingOfALowAmount() {
    SeriesState low = steady(20);
    double[] peaks = {1000, 5000, 9000, 20_000};
    for (int i = 0; i < 500; i++) {
      observe(persistence.mix(1, low, peaks.clone()), peaks, AMOUNT);
    }
    double[] quantiles = foretold();
    persistence.mix(1, low, quantiles);
    assertArrayEquals(foretold(), quantiles);
  }

  @Test
  void theFurtherAheadTheLessStays() {
    SeriesState state = steady(20);
    learn(state, 0.9, 12);
    double[] hour = foretold();
    persistence.mix(12, state, hour);
    assertEquals(AMOUNT, hour[0], AMOUNT / 1000);
    double[] day = foretold();
    persistence.mix(288, state, day);
    double[] without = foretold();
    for (int q = 0; q < without.length; q++) {
      assertEquals(without[q], day[q], without[q] / 10);
    }
  }

  @Test
  void whereCountingOnItDidWorseNothingChanges() {
    // One in five is as before, by chance alone: all come evenly, about an amount or not.
    SeriesState state = steady(20);
    double[] even = {AMOUNT, AMOUNT + 8000, AMOUNT + 9000, AMOUNT + 9800};
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      byte cell = persistence.mix(1, state, even.clone());
      observe(cell, even, AMOUNT + 5000 * (random.nextInt(5) - 2));
    }
    double[] quantiles = even.clone();
    persistence.mix(1, state, quantiles);
    assertEquals(even[1], quantiles[1]);
    assertEquals(even[2], quantiles[2]);
  }

  @Test
  void quantilesRiseWhateverIsMixed() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      double[] foretold = random.doubles(4, 0, 2 * AMOUNT).sorted().toArray();
      double[] quantiles = foretold.clone();
      SeriesState state = steady(random.nextInt(30));
      byte cell = persistence.mix(1 + random.nextInt(300), state, quantiles);
      for (int q = 0; q < quantiles.length; q++) {
        assertTrue(Double.isFinite(quantiles[q]) && quantiles[q] >= 0);
        assertTrue(q == 0 || quantiles[q] >= quantiles[q - 1]);
      }
      observe(cell, foretold, random.nextBoolean() ? AMOUNT : 0);
    }
  }

  private void learn(SeriesState state, double share) {
    learn(state, share, 1);
  }

  private void learn(SeriesState state, double share, int ahead) {
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      byte cell = persistence.mix(ahead, state, foretold());
      observe(cell, foretold(), random.nextDouble() < share ? AMOUNT : 20_000);
    }
  }

  private void observe(byte cell, double[] foretold, double amount) {
    persistence.observe(cell, AMOUNT, foretold, AMOUNT, amount);
  }

  private static double[] foretold() {
    return new double[] {25_000, 30_000, 33_000, 40_000};
  }

  /** A series whose last amount came some steps ago. */
  private static SeriesState steady(int steps) {
    SeriesState state = new SeriesState(300);
    state.fold(0, AMOUNT / 2);
    for (int step = 0; step <= steps; step++) {
      state.fold(300L * (step + 1), AMOUNT);
    }
    return state;
  }
}
