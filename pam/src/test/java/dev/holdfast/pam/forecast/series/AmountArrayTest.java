package dev.holdfast.pam.forecast.series;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class AmountArrayTest {
  private static final int SIZE = 144;

  @Test
  void aShortAmountIsWithinItsErrorAndRisesWithTheAmount() {
    int before = 0;
    for (double amount = 0x1p-16; amount < 0x1p48; amount *= 1.0003) {
      short code = ShortAmount.nearest(amount);
      if (amount > 0x1.01p-13) {
        assertEquals(amount, ShortAmount.amount(code), amount * ShortAmount.ERROR);
      }
      assertTrue(Short.toUnsignedInt(code) >= before);
      before = Short.toUnsignedInt(code);
    }
    assertEquals(0, ShortAmount.amount(ShortAmount.nearest(0)));
    assertEquals(0, ShortAmount.amount(ShortAmount.nearest(1e-6)));
    assertEquals(0x1p48, ShortAmount.amount(ShortAmount.nearest(1e30)), 0x1p38);
  }

  @Test
  void neighboursThatAreAlikeAreAlmostExact() {
    Random random = new Random(1);
    AmountArray array = new AmountArray(SIZE);
    double[] amounts = new double[SIZE];
    for (int i = 0; i < SIZE; i++) {
      amounts[i] = (i < SIZE / 2 ? 3e9 : 7) * (1 + 0.1 * random.nextDouble());
      array.set(i, amounts[i]);
    }
    for (int i = 0; i < SIZE; i++) {
      assertEquals(amounts[i], array.get(i), amounts[i] * AmountArray.ERROR);
    }
  }

  @Test
  void anErrorIsAShareOfTheAmountAndNothingIsNothing() {
    AmountArray array = new AmountArray(SIZE);
    double[] amounts = new double[SIZE];
    for (int i = 0; i < SIZE; i++) {
      amounts[i] = i % 3 == 0 ? 0 : 5 * Math.pow(100, i / (SIZE - 1.0));
      array.set(i, amounts[i]);
    }
    for (int i = 0; i < SIZE; i++) {
      assertEquals(amounts[i], array.get(i), 0.015 * amounts[i]);
    }
  }

  @Test
  void anAmountHardlyErrsAsItsNeighboursChange() {
    Random random = new Random(1);
    AmountArray array = new AmountArray(SIZE);
    double[] amounts = new double[SIZE];
    double squares = 0;
    for (int i = 0; i < 100 * SIZE; i++) {
      amounts[i % SIZE] = 1000 * Math.exp(random.nextGaussian());
      array.set(i % SIZE, amounts[i % SIZE]);
      double error = array.get((i + 1) % SIZE) / amounts[(i + 1) % SIZE] - 1;
      squares += i < SIZE ? 0 : error * error;
    }
    assertEquals(0, Math.sqrt(squares / (99 * SIZE)), 0.02);
  }

  @Test
  void ofSmallChangesNothingIsLostOnAverage() {
    AmountArray array = new AmountArray(SIZE);
    array.set(0, 1);
    array.set(1, 1e4);
    array.set(2, 100);
    for (int number = 0; number < 3000; number++) {
      array.setOnAverage(2, array.get(2) * 1.001, number);
    }
    assertEquals(Math.log(100) + 3, Math.log(array.get(2)), 0.1);
    assertEquals(1, array.get(0), ShortAmount.ERROR);
  }
}
