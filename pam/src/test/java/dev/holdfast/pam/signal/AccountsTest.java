package dev.holdfast.pam.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.ApiCalls;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.signal.Departure.CounterMismatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class AccountsTest {
  private static final Duration PERIOD = Duration.ofSeconds(10);

  /** Of one core at 3 GHz for a share of the time, doing 200 calls in a second of it. */
  private static UsageSample honest(int row, long millicores, Random random) {
    double seconds = millicores / 1e3 * PERIOD.toSeconds() * (0.9 + random.nextDouble() / 5);
    return sample(row, millicores, 3e9 * seconds, 200 * seconds);
  }

  private static UsageSample sample(int row, long millicores, double cycles, double calls) {
    return new UsageSample(
        "tenants/acme/reservations/r/grants/g",
        row + 1,
        Samples.NOON.plus(PERIOD.multipliedBy(row)),
        PERIOD,
        ResourceVector.of(Resource.CPU_MILLICORES, millicores),
        Optional.of(new HardwareCounters((long) (2 * cycles), (long) cycles, 0, 0)),
        Map.of("Get", new ApiCalls((long) calls, 0)),
        Map.of());
  }

  private static List<UsageSample> honest(int rows) {
    Random random = new Random(5);
    List<UsageSample> samples = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      samples.add(honest(row, 100 + random.nextInt(900), random));
    }
    return samples;
  }

  private static Optional<CounterMismatch> after(
      int rows, long millicores, double cycles, double calls) {
    List<UsageSample> samples = honest(rows);
    for (int i = 0; i < Accounts.DISAGREEING; i++) {
      samples.add(sample(rows + i, millicores, cycles, calls));
    }
    return Accounts.mismatch(samples);
  }

  @Test
  void accountsThatAgreeAreNoMismatchHoweverLoadMoves() {
    for (int rows = 0; rows < 60; rows++) {
      assertTrue(Accounts.mismatch(honest(rows)).isEmpty(), "after " + rows);
    }
  }

  @Test
  void usageThatIsKeptSmallWhileTheHardwareWorksIsOne() {
    CounterMismatch found = after(30, 50, 15e9, 100).orElseThrow();
    assertTrue(found.words().startsWith("cycles in a second of CPU time are 3"), found.words());
  }

  @Test
  void usageThatTheHardwareKnowsNothingOfIsOne() {
    CounterMismatch found = after(30, 900, 1e9, 1800).orElseThrow();
    assertEquals(1e9 / 9, found.observed(), 1);
    assertEquals(3e9, found.usual(), 0.1e9);
  }

  @Test
  void workWithoutCallsIsOne() {
    CounterMismatch found = after(30, 500, 15e9, 0).orElseThrow();
    assertTrue(found.words().startsWith("calls of the interface"), found.words());
    assertEquals(0, found.observed());
  }

  @Test
  void moreCyclesThanACoreHasNeedNothingToCompareWith() {
    CounterMismatch found = after(0, 100, 30e9, 200).orElseThrow();
    assertTrue(found.words().endsWith("which cannot be"), found.words());
  }

  @Test
  void oneSampleThatWasCutDifferentlyIsNone() {
    List<UsageSample> samples = honest(30);
    samples.add(sample(30, 50, 2e9, 100));
    assertTrue(Accounts.mismatch(samples).isEmpty());
  }

  @Test
  void withoutCountersThereIsNothingToSay() {
    List<UsageSample> samples = new ArrayList<>();
    for (int row = 0; row < 40; row++) {
      samples.add(
          Samples.sample(
              "tenants/acme/reservations/r", row + 1, Samples.NOON, PERIOD, Samples.SMALL));
    }
    assertTrue(Accounts.mismatch(samples).isEmpty());
  }
}
