package dev.holdfast.pam.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LevelsTest {
  private static final ResourceVector DEFAULT = cpu(700);

  private static ResourceVector cpu(long millicores) {
    return ResourceVector.of(Resource.CPU_MILLICORES, millicores);
  }

  private static long cpu(Quantiles quantiles, Quantile quantile) {
    return quantiles.at(quantile).get(Resource.CPU_MILLICORES);
  }

  private static Blend.Word word(ProfileLevel level, double samples, long millicores) {
    return new Blend.Word(level, samples, Quantiles.constant(cpu(millicores)));
  }

  /** A member that swings by itself, around a size. */
  private static Shape member(RandomGenerator random, double size, int samples) {
    Profile profile = Profile.empty(Samples.KEY);
    for (int i = 0; i < samples; i++) {
      profile =
          Profiles.fold(
              profile,
              Samples.sample(
                  "tenants/acme/reservations/r/grants/g",
                  i + 1,
                  Samples.NOON.plusSeconds(i),
                  Duration.ofSeconds(1),
                  cpu((long) (size * Math.exp(0.1 * random.nextGaussian())))));
    }
    return Shape.of(profile);
  }

  private static Group group(Shape... members) {
    Group group = Group.EMPTY;
    for (Shape member : members) {
      group = group.joined(member);
    }
    return group;
  }

  @Test
  void eachLevelHasItsShareAndLeavesTheRestToTheNextWiderOne() {
    Blend blend =
        Blend.of(
            List.of(
                word(ProfileLevel.TENANT_IMAGE_USER, 20, 100),
                word(ProfileLevel.TENANT_IMAGE, 60, 200)),
            DEFAULT);
    // 1/2 of 100, 3/8 of 200, 1/8 of the default.
    assertEquals(213, cpu(blend.expected(), Quantile.P50));
    assertEquals(ProfileLevel.TENANT_IMAGE_USER, blend.level());
    assertEquals(0.5 + 0.9 * 0.375, blend.confidence(), 1e-12);
  }

  @Test
  void whereNothingIsKnownTheDefaultIsTheAnswerAndConfidenceIsNone() {
    assertEquals(
        new Blend(Quantiles.constant(DEFAULT), ProfileLevel.DEFAULT, 0),
        Blend.of(List.of(word(ProfileLevel.TENANT_IMAGE, 0, 0)), DEFAULT));
  }

  @Test
  void confidenceGrowsWithEverySampleAndWithEveryMoreSpecificLevel() {
    double before = 0;
    for (int samples : new int[] {1, 5, 20, 100, 10_000}) {
      double now =
          Blend.of(List.of(word(ProfileLevel.TENANT_IMAGE_USER, samples, 1)), DEFAULT).confidence();
      assertTrue(now > before && now < 1, samples + ": " + now);
      before = now;
    }
    before = 1;
    for (ProfileLevel level : ProfileLevel.values()) {
      double now = Blend.of(List.of(word(level, 100, 1)), DEFAULT).confidence();
      assertTrue(now < before, level + ": " + now);
      before = now;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {71, 72, 73})
  void aGroupOfFewSpreadsWiderThanOneOfManyThatAgree(long seed) {
    RandomGenerator random = Samples.random(seed);
    double before = Double.MAX_VALUE;
    Group group = Group.EMPTY;
    for (int i = 1; i <= 16; i++) {
      group = group.joined(member(random, 1000, 50));
      if (Integer.bitCount(i) == 1) {
        Quantiles expected = group.expected();
        double width = (double) cpu(expected, Quantile.P99) / cpu(expected, Quantile.P50);
        assertTrue(width < before, "seed " + seed + ", " + i + " members: " + width);
        before = width;
      }
    }
    assertTrue(before < 2, "seed " + seed + ": " + before);
  }

  @ParameterizedTest
  @ValueSource(longs = {81, 82, 83})
  void whatAGroupExpectsHoldsForItsNextMember(long seed) {
    RandomGenerator random = Samples.random(seed);
    int held = 0;
    int outcomes = 0;
    for (int round = 0; round < 30; round++) {
      Group group = Group.EMPTY;
      for (int i = 0; i < 12; i++) {
        group = group.joined(member(random, 1000 * Math.exp(random.nextGaussian()), 40));
      }
      long p95 = cpu(group.expected(), Quantile.P95);
      double size = 1000 * Math.exp(random.nextGaussian());
      for (int i = 0; i < 20; i++) {
        held += size * Math.exp(0.1 * random.nextGaussian()) <= p95 ? 1 : 0;
        outcomes++;
      }
    }
    double share = (double) held / outcomes;
    assertTrue(share > 0.85, "seed " + seed + ": p95 held for " + share);
  }

  @ParameterizedTest
  @ValueSource(longs = {91, 92})
  void joiningAndLeavingInAnyOrderComesToTheSame(long seed) {
    RandomGenerator random = Samples.random(seed);
    List<Shape> staying = new ArrayList<>();
    List<Shape> leaving = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      (i % 3 == 0 ? leaving : staying).add(member(random, 100 * (1 + i), 1 + i));
    }
    List<Shape> all = new ArrayList<>(staying);
    all.addAll(leaving);
    Collections.shuffle(all, new Random(seed));
    Group group = group(all.toArray(Shape[]::new));
    for (Shape shape : leaving) {
      group = group.left(shape);
    }
    Group direct = group(staying.toArray(Shape[]::new));
    assertEquals(direct.samples(), group.samples());
    assertEquals(direct.expected(), group.expected(), "seed " + seed);
    for (Shape shape : staying) {
      group = group.left(shape);
    }
    assertTrue(group.isEmpty());
  }

  @Test
  void tooFewTenantsSayNothingOfATypeOfWork() {
    RandomGenerator random = Samples.random(1);
    List<Group> tenants = new ArrayList<>();
    for (int i = 1; i < TypeView.TENANTS_MIN; i++) {
      tenants.add(group(member(random, 1000, 100)));
    }
    assertEquals(Optional.empty(), TypeView.of(tenants));
    // One that has hardly run does not count as one more.
    tenants.add(group(member(random, 1000, 3)));
    assertEquals(Optional.empty(), TypeView.of(tenants));
    tenants.add(group(member(random, 1000, 100)));
    assertTrue(TypeView.of(tenants).isPresent());
  }

  @ParameterizedTest
  @ValueSource(longs = {101, 102, 103, 104})
  void oneTenantCannotMoveWhatATypeShowsBeyondWhatTheOthersDo(long seed) {
    RandomGenerator random = Samples.random(seed);
    List<Group> honest = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      honest.add(group(member(random, 1000, 100), member(random, 1000, 100)));
    }
    long before = p95(honest);
    for (double size : new double[] {0, 1, 1e6, 1e14}) {
      List<Group> withOne = new ArrayList<>(honest);
      withOne.set(3, group(member(random, size, 100), member(random, size, 100)));
      long after = p95(withOne);
      // Next to nothing, in steps of a half: the answer is rounded up to them.
      assertTrue(
          after <= before * 1.51 && after >= before / 1.51,
          "seed " + seed + ", " + size + ": " + before + " and then " + after);
    }
  }

  private static long p95(List<Group> tenants) {
    return cpu(TypeView.of(tenants).orElseThrow().expected(), Quantile.P95);
  }

  @ParameterizedTest
  @ValueSource(longs = {111, 112, 113})
  void whatATypeShowsIsOneOfAFewRoundAmounts(long seed) {
    RandomGenerator random = Samples.random(seed);
    List<Group> tenants = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      tenants.add(group(member(random, 500 + random.nextInt(10_000), 60)));
    }
    for (Quantile quantile : Quantile.values()) {
      long amount = cpu(TypeView.of(tenants).orElseThrow().expected(), quantile);
      int bits = Long.bitCount(amount);
      boolean round = bits == 1 || (bits == 2 && (amount & (amount << 1)) != 0);
      assertTrue(round, "seed " + seed + ", " + quantile + ": " + amount);
    }
  }

  @Test
  void usageAtItsLimitIsCappedAndUsageFarAboveItShowsThatNoneWasInForce() {
    for (long used : new long[] {0, 500, 969, 970, 1000, 1100, 1101, 5000}) {
      UsageSample sample = Samples.sample("s", 1, Samples.NOON, Duration.ofSeconds(1), cpu(used));
      boolean capped = used >= 970 && used <= 1100;
      assertEquals(
          capped ? Set.of(Resource.CPU_MILLICORES) : Set.of(),
          Capping.of(sample, List.of(cpu(8000), cpu(1000))),
          Long.toString(used));
      assertEquals(Set.of(), Capping.of(sample, List.of()));
    }
  }

  @Test
  void aCappedSampleCountsButIsNotKeptAmongThoseThatShowDemand() {
    UsageSample sample = Samples.sample("s", 1, Samples.NOON, Duration.ofSeconds(1), cpu(1000));
    Profile profile =
        Profiles.fold(Profile.empty(Samples.KEY), sample, Set.of(Resource.CPU_MILLICORES));
    assertEquals(1, profile.sampleCount());
    assertEquals(List.of(), profile.recent());
    Profile later =
        Profiles.fold(
            profile,
            Samples.sample("s", 2, Samples.NOON.plusSeconds(1), Duration.ofSeconds(1), cpu(3000)));
    assertTrue(cpu(later.usage(), Quantile.P50) > 2900, later.usage().toString());
  }
}
