package dev.holdfast.pam.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Baseline;
import dev.holdfast.pam.profile.Fingerprint;
import dev.holdfast.pam.profile.Fingerprint.Component;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DriftTest {
  private static final Duration PERIOD = Duration.ofSeconds(10);

  /** How a workload is made to behave. */
  private record Behaviour(double cacheMissesPerKiloinstruction, double networkPerCpu) {
    static final Behaviour USUAL = new Behaviour(4, 1e6);
  }

  private static List<UsageSample> samples(Behaviour behaviour, double load, Random random) {
    List<UsageSample> samples = new ArrayList<>();
    for (int i = 0; i < 2 * Fingerprint.SAMPLES_MIN; i++) {
      double cores = load * (0.9 + 0.2 * random.nextDouble());
      double instructions = 4e9 * cores * PERIOD.toSeconds();
      double misses =
          instructions
              / 1000
              * behaviour.cacheMissesPerKiloinstruction()
              * (0.95 + 0.1 * random.nextDouble());
      samples.add(
          new UsageSample(
              "tenants/acme/reservations/r/grants/g",
              i + 1,
              Samples.NOON.plus(PERIOD.multipliedBy(i)),
              PERIOD,
              ResourceVector.of(
                  Map.of(
                      Resource.CPU_MILLICORES,
                      (long) (1000 * cores),
                      Resource.MEMORY_BYTES,
                      (long) (cores * (1 << 30)),
                      Resource.NETWORK_BYTES_PER_SECOND,
                      (long) (cores * behaviour.networkPerCpu()))),
              Optional.of(
                  new HardwareCounters(
                      (long) instructions,
                      (long) (instructions / 1.5),
                      (long) misses,
                      (long) (instructions / 500))),
              Map.of()));
    }
    return samples;
  }

  private static Baseline usual(Random random) {
    Baseline baseline = Baseline.EMPTY;
    for (int i = 0; i < 40; i++) {
      baseline =
          baseline.plus(
              Fingerprint.of(samples(Behaviour.USUAL, 0.2 + 4 * random.nextDouble(), random)));
    }
    return baseline;
  }

  private static Drift drift(Behaviour behaviour, long seed) {
    Random random = new Random(seed);
    return Drift.between(usual(random), Fingerprint.of(samples(behaviour, 2, random)))
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void moreOfTheSameIsNoDrift(long seed) {
    Drift same = drift(Behaviour.USUAL, seed);
    assertFalse(same.moved(), same.words());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void otherBehaviourAtTheSameLoadIsADriftTowardsWhatMoved(long seed) {
    Drift thrashing = drift(new Behaviour(40, 1e6), seed);
    assertTrue(thrashing.moved(), thrashing.words());
    assertTrue(
        thrashing.direction().getOrDefault(Component.CACHE_MISSES_PER_KILOINSTRUCTION, 0.0) > 0.95);
    assertTrue(thrashing.words().endsWith("cache misses per kiloinstruction, which rose"));
    Drift silent = drift(new Behaviour(4, 1e3), seed);
    assertTrue(
        silent.direction().getOrDefault(Component.NETWORK_PER_CPU, 0.0) < -0.95, silent.words());
    assertTrue(Math.abs(silent.alignment(thrashing)) < 0.3);
    assertTrue(silent.alignment(silent) > 0.999);
  }

  @Test
  void aBaselineOfFewFingerprintsTellsNothing() {
    Random random = new Random(9);
    Baseline young = Baseline.EMPTY;
    for (int i = 0; i < Baseline.COUNT_MIN - 1; i++) {
      young = young.plus(Fingerprint.of(samples(Behaviour.USUAL, 1, random)));
    }
    Fingerprint now = Fingerprint.of(samples(new Behaviour(400, 1), 1, random));
    assertEquals(Optional.empty(), Drift.between(young, now));
    assertTrue(Drift.between(young.plus(now), now).isPresent());
  }

  @Test
  void fingerprintsOfAnotherVersionAreNotCompared() {
    Baseline usual = usual(new Random(3));
    Fingerprint other = new Fingerprint(1, Map.of(Component.CPU_BURST, 1.0));
    assertEquals(Optional.empty(), Drift.between(usual, other));
    assertEquals(1, usual.plus(other).spreads().size(), "a new baseline begins");
  }

  private static Drift towards(Component component, double magnitude) {
    return new Drift(Fingerprint.VERSION, magnitude, Map.of(component, 1.0));
  }

  @Test
  void driftsAreAlikeByDirectionAndMagnitude() {
    Drift drift = towards(Component.NETWORK_PER_CPU, 4);
    assertEquals(1, drift.similarity(drift), 1e-9);
    double near = drift.similarity(towards(Component.NETWORK_PER_CPU, 5));
    double far = drift.similarity(towards(Component.NETWORK_PER_CPU, 7));
    assertTrue(1 > near && near > far && far > 0, near + " and " + far);
    assertEquals(0, drift.similarity(towards(Component.NETWORK_PER_CPU, 8)), 1e-9);
    assertEquals(0, drift.similarity(towards(Component.GPU_PER_CPU, 4)));
    assertEquals(0, drift.similarity(new Drift(1, 4, Map.of(Component.NETWORK_PER_CPU, 1.0))));
    Drift none = new Drift(Fingerprint.VERSION, 0, Map.of(Component.NETWORK_PER_CPU, 0.0));
    assertEquals(0, drift.similarity(none));
    assertEquals(0, none.similarity(none));
  }

  @Test
  void whatIsNeverUsedTellsNothingOfHowMuchElseIs() {
    Fingerprint little = Fingerprint.of(samples(Behaviour.USUAL, 0.2, new Random(4)));
    Fingerprint much = Fingerprint.of(samples(Behaviour.USUAL, 40, new Random(4)));
    for (Component component : List.of(Component.GPU_PER_CPU, Component.DISK_PER_CPU)) {
      assertEquals(little.components().get(component), much.components().get(component));
    }
  }

  @Test
  void whatNeverChangedIsNotCompared() {
    Baseline usual = usual(new Random(3));
    Drift same =
        Drift.between(usual, Fingerprint.of(samples(Behaviour.USUAL, 2, new Random(5))))
            .orElseThrow();
    assertFalse(same.direction().containsKey(Component.GPU_PER_CPU), same + "");
    assertEquals(1 + 2.3 / Math.sqrt(same.direction().size()), same.threshold());
    EnumMap<Component, Double> mined = new EnumMap<>(Component.class);
    mined.putAll(Fingerprint.of(samples(Behaviour.USUAL, 2, new Random(5))).components());
    mined.put(Component.GPU_PER_CPU, 0.0);
    Drift begins = Drift.between(usual, new Fingerprint(Fingerprint.VERSION, mined)).orElseThrow();
    assertTrue(begins.words().endsWith("gpu per cpu, which rose"), begins.words());
    assertTrue(begins.moved());
  }

  private static Baseline around(double middle, double step, int count) {
    Baseline baseline = Baseline.EMPTY;
    for (int i = 0; i < count; i++) {
      baseline = baseline.plus(burst(middle + (i % 2 == 0 ? step : -step)));
    }
    return baseline;
  }

  private static Fingerprint burst(double value) {
    return new Fingerprint(Fingerprint.VERSION, Map.of(Component.CPU_BURST, value));
  }

  private static double magnitude(Baseline baseline, double value) {
    return Drift.between(baseline, burst(value)).orElseThrow().magnitude();
  }

  @Test
  void aNewcomerIsHeldAgainstItsTypeAndWhoIsKnownAgainstItself() {
    Baseline type = around(0, 1, 1000);
    assertEquals(3, magnitude(Baseline.EMPTY.over(type), 3), 0.2);
    Baseline known = around(3, 0.1, 200).over(type);
    assertTrue(magnitude(known, 3) < 1, "who was always there has not moved");
    assertTrue(magnitude(known, 0) > 2, "though it moved to where others are");
    assertEquals(Optional.empty(), Drift.between(around(3, 0.1, 7), burst(3)));
  }

  @Test
  void whatIsUsualFollowsALastingChange() {
    Baseline baseline = around(0, 0.1, Baseline.COUNT_MAX);
    for (int i = 0; i < 3 * Baseline.COUNT_MAX; i++) {
      baseline = baseline.plus(burst(5));
    }
    Baseline.Spread now = Optional.ofNullable(baseline.spreads().get(Component.CPU_BURST)).get();
    assertEquals(5, now.mean(), 0.3);
    assertEquals(Baseline.COUNT_MAX, now.count());
  }

  @Test
  void aDirectionHasTheLengthOne() {
    assertThrows(
        IllegalArgumentException.class, () -> new Drift(1, 4, Map.of(Component.CPU_BURST, 0.5)));
  }
}
