package dev.holdfast.pam.forecast.series;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.pam.model.InputValue;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What models are told of production inputs and calls. */
final class CircumstancesTest {
  private static final int LAST = 0;
  private static final int USUAL = 1;
  private static final int UNDER = 2 * Setting.NUMBERS_MAX;
  private static final int SEEN = UNDER + 1;
  private static final int CALLS = UNDER + 2;

  private static Map<String, InputValue> inputs(double size, String codec) {
    return Map.of(
        "size", new InputValue.Quantity(size),
        "codec", new InputValue.Text(codec));
  }

  private static float[] row(Setting setting) {
    float[] row = new float[Setting.COUNT];
    setting.copy(row, 0);
    return row;
  }

  private static Circumstances known() {
    Circumstances circumstances = new Circumstances();
    for (int i = 0; i < 50; i++) {
      circumstances.fold(inputs(10, "av1"), 4, 300);
      circumstances.fold(inputs(30, "vp9"), 4, 100);
    }
    circumstances.fold(inputs(30, "vp9"), 8, 100);
    return circumstances;
  }

  @Test
  void numbersCountByHowTheyDifferAndCategoriesByWhatWasUsedUnderThem() {
    float[] row = row(known().of(inputs(60, "av1"), 50));
    assertEquals(2, row[LAST], 1e-6);
    assertEquals(3, row[USUAL], 0.05);
    assertEquals(6, row[UNDER], 1e-6);
    assertEquals(50, row[SEEN]);
    assertEquals(2, row[CALLS], 0.05);
  }

  @Test
  void whatWasNeverSeenIsSaidToBeSo() {
    Map<String, InputValue> inputs = new HashMap<>(inputs(60, "h266"));
    inputs.put("new", new InputValue.Quantity(1));
    float[] row = row(known().of(inputs, 50));
    assertEquals(2, row[LAST], 1e-6);
    assertEquals(Float.NaN, row[UNDER]);
    assertEquals(0, row[SEEN]);
  }

  @Test
  void whereNothingWasSampledNothingIsLearnt() {
    Circumstances circumstances = known();
    circumstances.fold(inputs(1000, "h266"), 100, Double.NaN);
    float[] row = row(circumstances.of(inputs(60, "h266"), 50));
    assertEquals(2, row[LAST], 1e-6);
    assertEquals(0, row[SEEN]);
  }

  @Test
  void onlySoManyNumbersAndCategoriesAreKept() {
    Circumstances circumstances = new Circumstances();
    for (int i = 0; i < 1000; i++) {
      circumstances.fold(
          Map.of("n" + i, new InputValue.Quantity(i + 1), "codec", new InputValue.Text("c" + i)),
          Double.NaN,
          1);
    }
    assertEquals(0, row(circumstances.of(Map.of("codec", new InputValue.Text("c0")), 1))[SEEN]);
    assertEquals(1, row(circumstances.of(Map.of("codec", new InputValue.Text("c999")), 1))[SEEN]);
    float[] row = row(circumstances.of(Map.of("n0", new InputValue.Quantity(5)), 1));
    assertEquals(5, row[LAST]);
    assertEquals(Float.NaN, row[CALLS]);
  }
}
