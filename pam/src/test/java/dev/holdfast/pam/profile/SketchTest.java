package dev.holdfast.pam.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.Samples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SketchTest {
  private static long amount(RandomGenerator random, double span) {
    return random.nextInt(10) == 0 ? 0 : (long) (1e6 * Math.exp(random.nextDouble() * span));
  }

  @ParameterizedTest
  @CsvSource({"41, 2.5, 1.021", "42, 4.8, 1.041", "43, 10, 1.083", "44, 13.8, 1.173"})
  void aQuantileIsTheTruerTheLessAmountsSpan(long seed, double span, double most) {
    RandomGenerator random = Samples.random(seed);
    long[] amounts = new long[5000];
    Sketch sketch = Sketch.EMPTY;
    for (int i = 0; i < amounts.length; i++) {
      amounts[i] = amount(random, span);
      sketch = sketch.plus(amounts[i]);
    }
    Arrays.sort(amounts);
    for (double probability : new double[] {0.05, 0.5, 0.9, 0.95, 0.99, 1}) {
      long exact = amounts[(int) Math.ceil(probability * amounts.length) - 1];
      long read = sketch.quantile(probability);
      assertTrue(
          read >= exact - 1 && read <= exact * most + 1,
          "seed " + seed + ", " + probability + ": " + read + " for " + exact);
    }
    assertEquals(amounts.length, sketch.count());
  }

  @ParameterizedTest
  @ValueSource(longs = {51, 52, 53})
  void theOrderInWhichAmountsComeMakesNoDifference(long seed) {
    RandomGenerator random = Samples.random(seed);
    List<Long> amounts = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      amounts.add(amount(random, 20));
    }
    Sketch first = Sketch.EMPTY;
    for (long amount : amounts) {
      first = amount % 5 == 0 ? first.plusAtLeast(amount) : first.plus(amount);
    }
    Collections.shuffle(amounts, new Random(seed));
    Sketch second = Sketch.EMPTY;
    for (long amount : amounts) {
      second = amount % 5 == 0 ? second.plusAtLeast(amount) : second.plus(amount);
    }
    assertEquals(first, second, "seed " + seed);
    assertEquals(first.hashCode(), second.hashCode());
  }

  @ParameterizedTest
  @ValueSource(longs = {61, 62, 63})
  void whatWasCappedIsALowerBoundAndNotADemand(long seed) {
    RandomGenerator random = Samples.random(seed);
    long limit = 1500;
    List<Long> wanted = new ArrayList<>();
    Sketch bounds = Sketch.EMPTY;
    Sketch naive = Sketch.EMPTY;
    for (int i = 0; i < 4000; i++) {
      long demand = (long) (1000 * Math.exp(0.5 * random.nextGaussian()));
      wanted.add(demand);
      // Held down half of the time only, so what is above the limit is seen as well.
      boolean held = i % 2 == 0 && demand > limit;
      bounds = held ? bounds.plusAtLeast(limit) : bounds.plus(demand);
      naive = naive.plus(held ? limit : demand);
    }
    Collections.sort(wanted);
    for (double probability : new double[] {0.9, 0.95, 0.99}) {
      double truth = wanted.get((int) Math.ceil(probability * wanted.size()) - 1);
      double off = Math.abs(bounds.quantile(probability) / truth - 1);
      double naivelyOff = Math.abs(naive.quantile(probability) / truth - 1);
      assertTrue(
          off < 0.1 && off < naivelyOff,
          "seed " + seed + ", " + probability + ": " + off + " and " + naivelyOff);
    }
  }

  @Test
  void whereNothingAboveALimitWasEverSeenTheLimitIsAllThatIsKnown() {
    Sketch sketch = Sketch.EMPTY;
    for (int i = 0; i < 100; i++) {
      sketch = sketch.plusAtLeast(1000);
    }
    assertNear(1000, sketch.quantile(0.5));
    assertNear(1000, sketch.quantile(0.99));
    assertNear(4000, sketch.plus(4000).quantile(0.5));
  }

  @Test
  void nothingSeenIsZero() {
    assertEquals(0, Sketch.EMPTY.quantile(0.99));
    assertEquals(0, Sketch.EMPTY.plus(0).quantile(1));
    assertEquals(1, Sketch.EMPTY.plus(1).quantile(0.5));
    assertNear(1L << 50, Sketch.EMPTY.plus(1L << 50).quantile(0.5));
  }

  private static void assertNear(long amount, long read) {
    assertTrue(Math.abs((double) read / amount - 1) < 0.02, read + " for " + amount);
  }
}
