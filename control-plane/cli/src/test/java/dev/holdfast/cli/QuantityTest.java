package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Amounts are read and written exactly. */
final class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "MILLI, 1500m, 1500",
    "MILLI, 1.5, 1500",
    "MILLI, 2, 2000",
    "MILLI, 0.001, 1",
    "BYTES, 512Mi, 536870912",
    "BYTES, 1.5Gi, 1610612736",
    "BYTES, 10MB, 10000000",
    "BYTES, 10M, 10000000",
    "BYTES, 4096, 4096",
    "BYTES, 1kB, 1000",
    "BYTES, 1024Ti, 1125899906842624",
    "RATE, 10MB/s, 10000000",
    "RATE, 4Mi/s, 4194304",
    "RATE, 100Mbit/s, 12500000",
    "RATE, 100, 100"
  })
  void anAmountIsReadExactly(Quantity quantity, String text, long amount) {
    assertEquals(amount, quantity.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "MILLI, 1500m, 1500",
    "MILLI, 2, 2000",
    "BYTES, 512Mi, 536870912",
    "BYTES, 1.5Gi, 1610612736",
    "BYTES, 1234.567kB, 1234567",
    "BYTES, 10MB, 10000000",
    "RATE, 10MB/s, 10000000",
    "RATE, 10.5MB/s, 10500000",
    "RATE, 7B/s, 7",
    "RATE, 0, 0"
  })
  void anAmountIsWrittenShort(Quantity quantity, String text, long amount) {
    assertEquals(text, quantity.print(amount));
  }

  @ParameterizedTest
  @CsvSource({
    "MILLI, 1.0005",
    "MILLI, 1Gi",
    "MILLI, 1/s",
    "BYTES, 0.5",
    "BYTES, 8Mbit",
    "BYTES, 1MB/s",
    "BYTES, -1",
    "BYTES, 1e9",
    "BYTES, 1025Ti",
    "BYTES, 9999999999999999999",
    "RATE, 1kbit/h",
    "RATE, 0.001kbit/s",
    "RATE, Mi",
    "RATE, ''"
  })
  void whatIsNoWholeAmountIsRefused(Quantity quantity, String text) {
    assertEquals(
        Exit.USAGE, assertThrows(CommandException.class, () -> quantity.parse(text)).exit());
  }

  @Test
  void anUnknownUnitSuggestsTheNearest() {
    String said =
        String.valueOf(
            assertThrows(CommandException.class, () -> Quantity.BYTES.parse("5Mib")).getMessage());
    assertTrue(said.contains("Did you mean \"MiB\"?"), said);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsWrittenIsReadBackTheSame(Quantity quantity) {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 20_000; i++) {
      long amount = random.nextLong(1L << random.nextInt(1, 51));
      amount = random.nextBoolean() ? amount : amount & -1L << random.nextInt(40);
      String text = quantity.print(amount);
      assertEquals(amount, quantity.parse(text), () -> text + ", seed " + seed);
    }
    assertEquals(Quantity.MAX, quantity.parse(quantity.print(Quantity.MAX)));
  }
}
