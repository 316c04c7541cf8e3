package dev.holdfast.pam.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RarityTest {
  private static Rarity learnt(int memory, double... numbers) {
    Rarity rarity = new Rarity(memory);
    for (double number : numbers) {
      rarity.add(number);
    }
    return rarity;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void whatWasNeverSeenIsAsRareAsItsDistributionHasIt(long seed) {
    Random random = new Random(seed);
    double[] exponential = random.doubles(8000).map(chance -> -Math.log(1 - chance)).toArray();
    Rarity rarity = learnt(8192, exponential);
    assertEquals(1, rarity.of(Math.log(10)), 0.05, "counted, seed " + seed);
    assertEquals(5, rarity.of(5 * Math.log(10)), 1, "fitted, seed " + seed);
  }

  @Test
  void heavyTailsMakeRecordsLessRare() {
    Random random = new Random(6);
    double[] light = random.doubles(4000).map(chance -> -Math.log(1 - chance)).toArray();
    double[] heavy = random.doubles(4000).map(chance -> Math.pow(1 - chance, -0.5) - 1).toArray();
    assertTrue(learnt(8192, light).of(60) > 2 * learnt(8192, heavy).of(60));
  }

  @Test
  void whatIsLargerThanAllOfATailOfOneNumberIsRarerThanAnySeen() {
    Rarity rarity = learnt(1024, new double[999]);
    assertEquals(0, rarity.of(0));
    assertEquals(3, rarity.of(1e-9), 1e-12);
  }

  @Test
  void whatIsForgottenMakesNothingCommon() {
    Random random = new Random(8);
    Rarity rarity = learnt(256, random.doubles(256, 100, 101).toArray());
    assertTrue(rarity.of(100.5) < 1);
    random.doubles(256).forEach(rarity::add);
    assertTrue(rarity.of(100.5) > 3);
  }

  @Test
  void littleKnowledgeMakesNothingRare() {
    assertEquals(0, learnt(256, new double[31]).of(1));
  }
}
