package dev.holdfast.pam.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Plausibility.Circumstances;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PlausibilityTest {
  private static final Circumstances NOTHING_KNOWN =
      new Circumstances(
          ResourceVector.ZERO,
          List.of(),
          Samples.NOON,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          ResourceVector.ZERO);

  private static ResourceVector cpu(long millicores) {
    return ResourceVector.of(Resource.CPU_MILLICORES, millicores);
  }

  private static UsageSample sample(long sequence, double second, double period, long millicores) {
    Instant end = Samples.NOON.plusMillis(Math.round(second * 1000));
    return Samples.sample(
        "s", sequence, end, Duration.ofMillis(Math.round(period * 1000)), cpu(millicores));
  }

  private static Optional<Doubt.Kind> kind(UsageSample sample, Circumstances known) {
    return Plausibility.of(sample, known).map(Doubt::kind);
  }

  private static Circumstances after(UsageSample before) {
    return new Circumstances(
        ResourceVector.ZERO,
        List.of(),
        Samples.NOON,
        Optional.of(before),
        Optional.empty(),
        Optional.empty(),
        ResourceVector.ZERO);
  }

  private static Circumstances sized(
      long capacity, long limit, Optional<Long> witnessed, long usual, long others) {
    return new Circumstances(
        cpu(capacity),
        List.of(cpu(limit)),
        Samples.NOON,
        Optional.empty(),
        witnessed.map(PlausibilityTest::cpu),
        Optional.of(cpu(usual)),
        cpu(others));
  }

  @ParameterizedTest
  @CsvSource({
    // sequence, ends at, period: the one before is number 5, and ended at 10.
    "6, 11, 1, ''",
    "6, 11, 2.5, TIMES",
    "6, 8, 1, TIMES",
    "9, 14, 1, ''",
    "4, 9, 1, ''",
    "4, 11, 1, TIMES",
    "5, 10, 1, ''",
    "5, 11, 1, TIMES",
    // A node that lost its numbers begins anew; its time still goes on.
    "1, 11, 1, ''",
    "1, 11, 10, TIMES",
    "6, 3600, 3600, ''",
    "6, 3800, 3600, ''"
  })
  void whatTimesContradictIsDoubted(long sequence, double end, double period, String doubt) {
    // One in ten of the period may overlap.
    double slack = period > 100 ? 100 : 0;
    assertEquals(
        doubt,
        kind(sample(sequence, end + slack, period, 1), after(sample(5, 10, 1, 1)))
            .map(Doubt.Kind::name)
            .orElse(""));
  }

  @Test
  void whatIsOfATimeBeforeItWasHeldIsDoubted() {
    assertEquals(Optional.empty(), kind(sample(1, -200, 1, 1), NOTHING_KNOWN));
    assertEquals(Optional.of(Doubt.Kind.TIMES), kind(sample(1, -301, 1, 1), NOTHING_KNOWN));
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 2.4e9, 3.1e9, 1e7, 1e7, ''",
    "1000000, 2.4e9, 3.1e9, 1e7, 1e7, COUNTERS",
    "1, 2.4e9, 3.1e9, 1e7, 1e7, COUNTERS",
    "1000, 2.4e9, 9e10, 1e7, 1e7, COUNTERS",
    "1000, 2.4e9, 3.1e9, 4e9, 1e7, COUNTERS",
    "1000, 2.4e9, 3.1e9, 1e7, 4e9, COUNTERS",
    // A kernel that counts nothing contradicts nothing.
    "1000, 0, 0, 0, 0, ''",
    "0, 0, 0, 0, 0, ''"
  })
  void countersGoWithCpuTimeAndWithEachOther(
      long millicores,
      double cycles,
      double instructions,
      double cacheMisses,
      double branchMisses,
      String doubt) {
    UsageSample sample =
        new UsageSample(
            "s",
            1,
            Samples.NOON.plusSeconds(1),
            Duration.ofSeconds(1),
            cpu(millicores),
            Optional.of(
                new HardwareCounters(
                    (long) instructions, (long) cycles, (long) cacheMisses, (long) branchMisses)),
            Map.of());
    assertEquals(doubt, kind(sample, NOTHING_KNOWN).map(Doubt.Kind::name).orElse(""));
  }

  @ParameterizedTest
  @CsvSource({
    // used; capacity, limit, witnessed (-1: nothing), p99, what others reported
    "8800, 8000, 1000, -1, 100000, 0, ''",
    "8801, 8000, 1000, -1, 100000, 0, CAPACITY",
    "8801, 0, 1000, -1, 100000, 0, ''",
    "800, 8000, 1000, 100, 100, 0, ''",
    "801, 8000, 1000, 100, 100, 0, WITNESS",
    // What the machine bears out is no jump, however far it is.
    "5000, 8000, 1000, 4800, 100, 0, ''",
    "1250, 8000, 1000, -1, 100, 0, ''",
    "1251, 8000, 1000, -1, 100, 0, JUMP",
    "1251, 8000, 1000, -1, 200, 0, ''",
    "1251, 8000, 1000, -1, 100, 625, ''",
    // Where nothing is held nothing was granted either, and there is no limit to be beyond of.
    "1251, 8000, 0, -1, 100, 0, ''"
  })
  void amountsAreHeldAgainstCapacityMachineAndBand(
      long used, long capacity, long limit, long witnessed, long usual, long others, String doubt) {
    Circumstances known =
        sized(
            capacity,
            limit,
            witnessed < 0 ? Optional.empty() : Optional.of(witnessed),
            usual,
            others);
    assertEquals(doubt, kind(sample(1, 1, 1, used), known).map(Doubt.Kind::name).orElse(""));
  }

  @ParameterizedTest
  @ValueSource(longs = {121, 122, 123})
  void whatStaysWithinItsGrantIsNeverDoubtedForItsSize(long seed) {
    RandomGenerator random = Samples.random(seed);
    for (int i = 0; i < 2000; i++) {
      long limit = 1 + random.nextLong(8000);
      Circumstances known =
          sized(8000, limit, Optional.empty(), random.nextLong(100), random.nextLong(8000));
      long used = random.nextLong(limit + 1);
      assertEquals(
          Optional.empty(), kind(sample(1, 1, 1, used), known), "seed " + seed + ": " + used);
    }
  }

  @Test
  void aBandIsKnownFromAHundredSamplesOn() {
    Profile profile = Profile.empty(Samples.KEY);
    for (int i = 1; i < Plausibility.JUMP_SAMPLES_MIN; i++) {
      profile = Profiles.fold(profile, sample(i, i, 1, 100));
    }
    assertEquals(Optional.empty(), Plausibility.usual(profile));
    Profile known = Profiles.fold(profile, sample(1000, 1000, 1, 100));
    assertEquals(Optional.of(known.usage().p99()), Plausibility.usual(known));
  }

  @Test
  void whatIsInQuarantineIsCountedAndTeachesNothing() {
    Profile profile = Profiles.fold(Profile.empty(Samples.KEY), sample(1, 1, 1, 100));
    Profile after = profile.quarantined().quarantined();
    assertEquals(2, after.quarantinedCount());
    assertEquals(profile.sampleCount(), after.sampleCount());
    assertEquals(profile.usage(), after.usage());
    assertEquals(profile.recent(), after.recent());
  }
}
