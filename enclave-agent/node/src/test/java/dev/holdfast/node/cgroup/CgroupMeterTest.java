package dev.holdfast.node.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Two readings turned into rates. */
final class CgroupMeterTest {
  @Test
  void ratesAreMeansOverThePeriod() {
    CgroupUsage usage =
        CgroupMeter.between(
                reading(10_000, 500, 100, 100, 0, 0), reading(12_000, 1500, 80, 100, 4000, 1000))
            .orElseThrow();
    assertEquals(Duration.ofSeconds(2), usage.period());
    assertEquals(500, usage.cpuMillicores());
    assertEquals(2000, usage.diskReadBytesPerSecond());
    assertEquals(500, usage.diskWriteBytesPerSecond());
    assertEquals(100, usage.memoryPeakBytes());
  }

  @Test
  void aPeakThatRoseWithinThePeriodIsThePeriodsPeak() {
    CgroupReading before = reading(0, 0, 50, 200, 0, 0);
    assertEquals(
        900,
        CgroupMeter.between(before, reading(1000, 0, 60, 900, 0, 0))
            .orElseThrow()
            .memoryPeakBytes());
    assertEquals(
        60,
        CgroupMeter.between(before, reading(1000, 0, 60, 200, 0, 0))
            .orElseThrow()
            .memoryPeakBytes());
  }

  @Test
  void countersThatWentBackGiveNoUsage() {
    CgroupReading later = reading(1000, 100, 1, 1, 10, 10);
    assertTrue(CgroupMeter.between(later, reading(2000, 99, 1, 1, 10, 10)).isEmpty());
    assertTrue(CgroupMeter.between(later, reading(2000, 100, 1, 1, 9, 10)).isEmpty());
    assertTrue(CgroupMeter.between(later, reading(1000, 100, 1, 1, 10, 10)).isEmpty());
  }

  @Test
  void aCounterOfManyCenturiesHasARate() {
    CgroupReading first = reading(0, 0, 1, 1, 0, 0);
    CgroupReading second = reading(1000, Long.MAX_VALUE, 1, 1, Long.MAX_VALUE, 0);
    CgroupUsage usage = CgroupMeter.between(first, second).orElseThrow();
    assertEquals(Long.MAX_VALUE / 2 / 1_000_000, usage.cpuMillicores());
    assertEquals(Long.MAX_VALUE / 2, usage.diskReadBytesPerSecond());
  }

  @Test
  void whatIsMeteredInPartsAddsUpToTheWhole() {
    long seed = 20260101;
    Random random = new Random(seed);
    for (int round = 0; round < 1000; round++) {
      int a = 1 + random.nextInt(100_000);
      int b = 1 + random.nextInt(100_000);
      int read = random.nextInt(1 << 30);
      int more = random.nextInt(1 << 30);
      CgroupReading first = reading(0, 0, 1, 1, 0, 0);
      CgroupReading second = reading(a, 0, 1, 1, read, 0);
      CgroupReading third = reading(a + b, 0, 1, 1, (long) read + more, 0);
      long parts =
          CgroupMeter.between(first, second).orElseThrow().diskReadBytesPerSecond() * a
              + CgroupMeter.between(second, third).orElseThrow().diskReadBytesPerSecond() * b;
      long whole =
          CgroupMeter.between(first, third).orElseThrow().diskReadBytesPerSecond() * (a + b);
      // Each of the three divisions loses less than one byte per second.
      assertTrue(Math.abs(parts - whole) <= a + b, "seed " + seed + ", round " + round);
    }
  }

  private static CgroupReading reading(
      long atMillis, long cpuMillis, long memory, long peak, long read, long written) {
    return new CgroupReading(
        Duration.ofMillis(atMillis),
        Duration.ofMillis(cpuMillis),
        Duration.ZERO,
        Optional.of(new CgroupReading.Memory(memory, peak)),
        Optional.of(new CgroupReading.Disk(read, written)),
        Optional.empty());
  }
}
