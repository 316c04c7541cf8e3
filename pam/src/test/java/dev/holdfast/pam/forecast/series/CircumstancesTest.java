package dev.holdfast.pam.forecast.series;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.profile.ProfileLevel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What models are told of a step besides the series itself. */
final class CircumstancesTest {
  private static final int LAST = 0;
  private static final int USUAL = 1;
  private static final int UNDER = 2 * Setting.NUMBERS_MAX;
  private static final int SEEN = UNDER + 1;
  private static final int CALLS = UNDER + 2;
  private static final int INSTRUCTIONS = UNDER + 3;
  private static final int CYCLES = UNDER + 4;
  private static final int TYPE = UNDER + 5;
  private static final int LEVEL = UNDER + 6;

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

  private static float[] asked(
      Circumstances circumstances, Map<String, InputValue> inputs, double unit) {
    return row(circumstances.of(inputs, SeriesKind.UNKNOWN, unit));
  }

  private static Around around(Map<String, InputValue> inputs, double calls) {
    return new Around(inputs, calls, Double.NaN, Double.NaN);
  }

  private static float[] ofKind(String type, ProfileLevel level) {
    SeriesKind kind = new SeriesKind(Optional.of(type), Optional.of(level));
    return row(new Circumstances().of(Map.of(), kind, 1));
  }

  private static Circumstances known() {
    Circumstances circumstances = new Circumstances();
    for (int i = 0; i < 50; i++) {
      circumstances.fold(around(inputs(10, "av1"), 4), 300);
      circumstances.fold(around(inputs(30, "vp9"), 4), 100);
    }
    circumstances.fold(around(inputs(30, "vp9"), 8), 100);
    return circumstances;
  }

  @Test
  void numbersCountByHowTheyDifferAndCategoriesByWhatWasUsedUnderThem() {
    float[] row = asked(known(), inputs(60, "av1"), 50);
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
    float[] row = asked(known(), inputs, 50);
    assertEquals(2, row[LAST], 1e-6);
    assertEquals(Float.NaN, row[UNDER]);
    assertEquals(0, row[SEEN]);
  }

  @Test
  void whereNothingWasSampledNothingIsLearnt() {
    Circumstances circumstances = known();
    circumstances.fold(around(inputs(1000, "h266"), 100), Double.NaN);
    float[] row = asked(circumstances, inputs(60, "h266"), 50);
    assertEquals(2, row[LAST], 1e-6);
    assertEquals(0, row[SEEN]);
  }

  @Test
  void onlySoManyNumbersAndCategoriesAreKept() {
    Circumstances circumstances = new Circumstances();
    for (int i = 0; i < 1000; i++) {
      circumstances.fold(
          around(
              Map.of(
                  "n" + i, new InputValue.Quantity(i + 1), "codec", new InputValue.Text("c" + i)),
              Double.NaN),
          1);
    }
    assertEquals(0, asked(circumstances, Map.of("codec", new InputValue.Text("c0")), 1)[SEEN]);
    assertEquals(1, asked(circumstances, Map.of("codec", new InputValue.Text("c999")), 1)[SEEN]);
    float[] row = asked(circumstances, Map.of("n0", new InputValue.Quantity(5)), 1);
    assertEquals(5, row[LAST]);
    assertEquals(Float.NaN, row[CALLS]);
  }

  @Test
  void whatHardwareCountedIsToldBesideWhatIsUsual() {
    Circumstances circumstances = new Circumstances();
    for (int i = 0; i < 100; i++) {
      circumstances.fold(new Around(Map.of(), Double.NaN, 2e9, 1e9), 100);
    }
    circumstances.fold(new Around(Map.of(), Double.NaN, 4e9, 6e9), 100);
    float[] row = asked(circumstances, Map.of(), 1);
    assertEquals(2, row[INSTRUCTIONS], 0.05);
    assertEquals(3, row[CYCLES], 0.1);

    circumstances.fold(Around.NOTHING, 100);
    assertEquals(row[CYCLES], asked(circumstances, Map.of(), 1)[CYCLES]);
    assertEquals(Float.NaN, asked(new Circumstances(), Map.of(), 1)[INSTRUCTIONS]);
  }

  @Test
  void typesOfWorkloadAndLevelsOfProfilesAreToldApart() {
    float[] batch = ofKind("batch", ProfileLevel.TENANT_IMAGE);
    assertEquals(batch[TYPE], ofKind("batch", ProfileLevel.TENANT_IMAGE_USER)[TYPE]);
    assertNotEquals(batch[TYPE], ofKind("web", ProfileLevel.TENANT_IMAGE)[TYPE]);
    assertEquals(0.9f, batch[LEVEL]);
    float[] unknown = asked(new Circumstances(), Map.of(), 1);
    assertEquals(Float.NaN, unknown[TYPE]);
    assertEquals(Float.NaN, unknown[LEVEL]);
  }
}
