package dev.holdfast.pam.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.profile.Fingerprint;
import dev.holdfast.pam.profile.Fingerprint.Component;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DriftMemoryTest {
  private static final Resource CPU = Resource.CPU_MILLICORES;

  private static Onset onset(Component component, double magnitude, double excess) {
    return new Onset(
        new Drift(Fingerprint.VERSION, magnitude, Map.of(component, 1.0)), Map.of(CPU, excess));
  }

  private static DriftMemory.Case led(Onset onset, double growth) {
    return new DriftMemory.Case(onset, Map.of(CPU, growth));
  }

  private static double expected(DriftMemory memory, Onset onset, double load) {
    return memory.expect(onset, Map.of(CPU, load)).growth().getOrDefault(CPU, 0.0);
  }

  private static DriftMemory of(int count, DriftMemory.Case one) {
    DriftMemory memory = DriftMemory.EMPTY;
    for (int i = 0; i < count; i++) {
      memory = memory.plus(one);
    }
    return memory;
  }

  @Test
  void whatIsToComeIsWhatSimilarDriftsLedTo() {
    DriftMemory memory = DriftMemory.EMPTY;
    for (double magnitude : new double[] {4.6, 4.8, 5, 5.2, 5.4}) {
      memory =
          memory
              .plus(led(onset(Component.NETWORK_PER_CPU, magnitude, 1), 2))
              .plus(led(onset(Component.GPU_PER_CPU, magnitude, 1), 0.5));
    }
    Outlook network = memory.expect(onset(Component.NETWORK_PER_CPU, 5, 1), Map.of());
    assertEquals(5, network.cases());
    assertEquals(Map.of(CPU, 2.0), network.growth());
    assertEquals(0.5, expected(memory, onset(Component.GPU_PER_CPU, 5, 1), 0), 1e-9);
    assertEquals(0, memory.expect(onset(Component.CPU_BURST, 5, 1), Map.of()).cases());
    assertEquals(0, memory.expect(onset(Component.NETWORK_PER_CPU, 50, 1), Map.of()).cases());
  }

  @Test
  void withoutASimilarDriftUsageIsExpectedBackAtTheUsual() {
    Outlook outlook = DriftMemory.EMPTY.expect(onset(Component.CPU_BURST, 5, 4), Map.of());
    assertEquals(0, outlook.cases());
    assertEquals(0.25, outlook.growth().getOrDefault(CPU, 0.0), 1e-9);
    assertEquals("CPU_MILLICORES 0.25 times as much as now is to be expected", outlook.words());
    Onset newcomer = new Onset(onset(Component.CPU_BURST, 5, 1).drift(), Map.of());
    assertEquals(new Outlook(Map.of(), 0), DriftMemory.EMPTY.expect(newcomer, Map.of()));
    assertEquals("", new Outlook(Map.of(), 0).words());
  }

  @Test
  void aBurstFallsBackAsFarAsOthersDid() {
    DriftMemory memory = DriftMemory.EMPTY;
    for (double excess : new double[] {2, 3, 4, 6, 7}) {
      memory = memory.plus(led(onset(Component.CPU_BURST, 5, excess), 1 / Math.sqrt(excess)));
    }
    assertEquals(1 / 2.0, expected(memory, onset(Component.CPU_BURST, 5, 4), 0), 1e-9);
    assertEquals(1 / 1.5, expected(memory, onset(Component.CPU_BURST, 5, 2.25), 0), 1e-9);
    assertEquals(1, expected(memory, onset(Component.CPU_BURST, 5, 1), 0), 1e-9);
  }

  @Test
  void oneCaseUnlikeAllOthersMovesNothing() {
    Onset onset = onset(Component.CPU_BURST, 5, 1);
    DriftMemory memory = of(7, led(onset, 1.25));
    assertEquals(1.25, expected(memory.plus(led(onset, 8)), onset, 0), 1e-9);
  }

  @Test
  void aFewCasesOrHardlySimilarOnesAreNoReasonToExpectWhatIsUnusual() {
    Onset onset = onset(Component.CPU_BURST, 5, 1);
    assertEquals(1, expected(of(1, led(onset, 4)), onset, 0), 1e-9);
    assertEquals(4, expected(of(3, led(onset, 4)), onset, 0), 1e-9);
    Onset hardly = onset(Component.CPU_BURST, 8, 1);
    assertEquals(1, expected(of(3, led(onset, 4)), hardly, 0), 1e-9);
  }

  @Test
  void whoIsBusyAlreadyGrowsLess() {
    Onset grows = onset(Component.NETWORK_PER_CPU, 5, 1);
    Onset shrinks = onset(Component.GPU_PER_CPU, 5, 1);
    DriftMemory growing = of(3, led(grows, 4));
    DriftMemory shrinking = of(3, led(shrinks, 0.25));
    double last = 5;
    for (double load : new double[] {0, 0.5, 1}) {
      double growth = expected(growing, grows, load);
      assertEquals(Math.pow(4, 1 - load), growth, 1e-9);
      assertTrue(growth < last);
      last = growth;
      assertEquals(0.25, expected(shrinking, shrinks, load), 1e-9, "there is room for less");
    }
  }

  @Test
  void theOldestAreForgotten() {
    Onset onset = onset(Component.CPU_BURST, 10, 1);
    DriftMemory memory = DriftMemory.EMPTY;
    for (int i = 0; i < DriftMemory.CASES_MAX; i++) {
      memory = memory.plus(led(onset, 8));
    }
    for (int i = 0; i < DriftMemory.CASES_MAX; i++) {
      memory = memory.plus(led(onset, 1.5));
    }
    assertEquals(DriftMemory.CASES_MAX, memory.expect(onset, Map.of()).cases());
    assertEquals(1.5, expected(memory, onset, 0), 1e-9);
  }

  @Test
  void noFactorIsBeyondTheLimits() {
    DriftMemory.Case wild = led(onset(Component.CPU_BURST, 5, 1e9), 0);
    assertEquals(Map.of(CPU, Onset.FACTOR_MAX), wild.onset().excess());
    assertEquals(Map.of(CPU, 1 / Onset.FACTOR_MAX), wild.growth());
  }
}
