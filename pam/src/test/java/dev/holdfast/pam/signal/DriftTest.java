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
    Fingerprint other = new Fingerprint(2, Map.of(Component.CPU_BURST, 1.0));
    assertEquals(Optional.empty(), Drift.between(usual, other));
    assertEquals(1, usual.plus(other).spreads().size(), "a new baseline begins");
  }

  private static Drift towards(Component component, double magnitude) {
    return new Drift(1, magnitude, Map.of(component, 1.0));
  }

  @Test
  void whatIsToComeIsWhatSimilarDriftsLedTo() {
    DriftMemory memory = DriftMemory.EMPTY;
    for (double magnitude : new double[] {4, 5, 6}) {
      memory =
          memory
              .plus(
                  new DriftMemory.Case(
                      towards(Component.NETWORK_PER_CPU, magnitude),
                      Map.of(Resource.CPU_MILLICORES, 2.0)))
              .plus(
                  new DriftMemory.Case(
                      towards(Component.GPU_PER_CPU, magnitude),
                      Map.of(Resource.CPU_MILLICORES, 0.5)));
    }
    var idle = memory.expect(towards(Component.NETWORK_PER_CPU, 5), Map.of());
    assertEquals(3, idle.cases());
    assertEquals(2, idle.growth().getOrDefault(Resource.CPU_MILLICORES, 0.0), 1e-9);
    var shrinking = memory.expect(towards(Component.GPU_PER_CPU, 5), Map.of());
    assertEquals(0.5, shrinking.growth().getOrDefault(Resource.CPU_MILLICORES, 0.0), 1e-9);
    var elsewhere = memory.expect(towards(Component.CPU_BURST, 5), Map.of());
    assertEquals(0, elsewhere.cases());
    assertTrue(elsewhere.growth().isEmpty());
    assertEquals(0, memory.expect(towards(Component.NETWORK_PER_CPU, 50), Map.of()).cases());
  }

  @Test
  void whoIsBusyAlreadyGrowsLess() {
    Drift drift = towards(Component.NETWORK_PER_CPU, 5);
    DriftMemory memory =
        DriftMemory.EMPTY.plus(new DriftMemory.Case(drift, Map.of(Resource.MEMORY_BYTES, 4.0)));
    double last = 5;
    for (double load : new double[] {0, 0.5, 1}) {
      double growth =
          memory
              .expect(drift, Map.of(Resource.MEMORY_BYTES, load))
              .growth()
              .getOrDefault(Resource.MEMORY_BYTES, 0.0);
      assertEquals(Math.pow(4, 1 - load), growth, 1e-9);
      assertTrue(growth < last);
      last = growth;
    }
  }

  @Test
  void theNearestCountAndTheOldestAreForgotten() {
    Drift drift = towards(Component.CPU_BURST, 10);
    DriftMemory memory = DriftMemory.EMPTY;
    for (int i = 0; i < DriftMemory.CASES_MAX; i++) {
      memory = memory.plus(new DriftMemory.Case(drift, Map.of(Resource.CPU_MILLICORES, 8.0)));
    }
    for (int i = 0; i < DriftMemory.CASES_MAX; i++) {
      memory = memory.plus(new DriftMemory.Case(drift, Map.of(Resource.CPU_MILLICORES, 1.5)));
    }
    var expected = memory.expect(drift, Map.of());
    assertEquals(DriftMemory.NEIGHBOURS_MAX, expected.cases());
    assertEquals(1.5, expected.growth().getOrDefault(Resource.CPU_MILLICORES, 0.0), 1e-9);
  }

  @Test
  void aDirectionHasTheLengthOne() {
    assertThrows(
        IllegalArgumentException.class, () -> new Drift(1, 4, Map.of(Component.CPU_BURST, 0.5)));
  }
}
