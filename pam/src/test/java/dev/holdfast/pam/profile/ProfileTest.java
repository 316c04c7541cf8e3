package dev.holdfast.pam.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ProfileTest {
  private static final Duration PERIOD = Duration.ofMillis(200);

  private static UsageSample sample(int i) {
    return Samples.sample(
        "tenants/acme/reservations/r1/grants/g",
        i + 1,
        Samples.NOON.plus(PERIOD.multipliedBy(i + 1)),
        PERIOD,
        ResourceVector.of(Resource.CPU_MILLICORES, 100 + i));
  }

  private static Profile fold(List<UsageSample> samples) {
    Profile profile = Profile.empty(Samples.KEY);
    for (UsageSample sample : samples) {
      profile = Profiles.fold(profile, sample);
    }
    return profile;
  }

  @ParameterizedTest
  @ValueSource(longs = {31, 32, 33})
  void theOrderInWhichSamplesComeAndTheirRepeatsMakeNoDifference(long seed) {
    List<UsageSample> samples = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      if (i % 7 != 3) {
        samples.add(sample(i));
      }
    }
    List<UsageSample> shuffled = new ArrayList<>(samples);
    shuffled.addAll(samples.subList(10, 60));
    Collections.shuffle(shuffled, new Random(seed));
    assertEquals(fold(samples), fold(shuffled), "seed " + seed);
  }

  @Test
  void aProfileKeepsABoundedNumberOfSamplesAndCountsAll() {
    List<UsageSample> samples = new ArrayList<>();
    for (int i = 0; i < Profile.RECENT_MAX + 100; i++) {
      samples.add(sample(i));
    }
    Profile profile = fold(samples);
    assertEquals(Profile.RECENT_MAX, profile.recent().size());
    assertEquals(Profile.RECENT_MAX + 100, profile.sampleCount());
    assertEquals(samples.getLast(), profile.recent().getLast());
    assertSame(profile, Profiles.fold(profile, sample(5)));
  }

  @Test
  void aSampleIsOfTheRunWhoseReservationItWasMeteredUnder() {
    Run first = Samples.run("r1", Samples.NOON, Optional.empty());
    Run second = Samples.run("r10", Samples.NOON.plusMillis(100), Optional.empty());
    Profile profile = Profiles.runStarted(fold(List.of(sample(0))), second);
    profile = Profiles.runStarted(profile, first);
    assertEquals(List.of(first, second), profile.runs());
    assertEquals(Optional.of(first), profile.runOf(sample(0)));
    assertSame(profile, Profiles.runStarted(profile, first));
    Profile ended = Profiles.runEnded(profile, first.reservation(), Samples.NOON.plusSeconds(9));
    assertSame(ended, Profiles.runEnded(ended, first.reservation(), Samples.NOON.plusSeconds(99)));
    assertFalse(ended.runs().getFirst().endedAt().isEmpty());
  }

  @Test
  void afterOneRunTheNextIsExpectedFromItsEndOn() {
    Profile running =
        Profiles.runStarted(
            Profile.empty(Samples.KEY), Samples.run("r1", Samples.NOON, Optional.empty()));
    Instant end = Samples.NOON.plusSeconds(5);
    assertTrue(Arrivals.nextStart(running, end).isEmpty());
    Profile ended = Profiles.runEnded(running, Samples.name("r1"), end);
    assertEquals(
        Optional.of(Interval.from(end, Arrivals.AFTER_FIRST_RUN)), Arrivals.nextStart(ended, end));
    assertTrue(Arrivals.nextStart(ended, end.plus(Arrivals.AFTER_FIRST_RUN)).isEmpty());
  }

  @Test
  void theNextRunIsExpectedAMedianGapAfterTheLatestAndNotForEver() {
    Profile profile = Profile.empty(Samples.KEY);
    long[] minutes = {0, 60, 119, 181, 240};
    for (int i = 0; i < minutes.length; i++) {
      Instant start = Samples.NOON.plus(Duration.ofMinutes(minutes[i]));
      profile =
          Profiles.runStarted(
              profile, Samples.run("r" + i, start, Optional.of(start.plusSeconds(60))));
    }
    Instant last = Samples.NOON.plus(Duration.ofHours(4));
    Instant expected = last.plus(Duration.ofHours(1));
    Interval next = Arrivals.nextStart(profile, last).orElseThrow();
    assertTrue(next.contains(expected), next.toString());
    Interval later = Arrivals.nextStart(profile, last.plus(Duration.ofMinutes(100))).orElseThrow();
    assertTrue(later.contains(expected.plus(Duration.ofHours(1))), later.toString());
    assertTrue(Arrivals.nextStart(profile, last.plus(Duration.ofDays(1))).isEmpty());
    assertEquals(Optional.of(Duration.ofMinutes(1)), Arrivals.usualLength(profile));
  }

  @Test
  void theFirstLevelWithEnoughSamplesIsUsed() {
    Profile few = fold(List.of(sample(0)));
    List<UsageSample> enough = new ArrayList<>();
    for (int i = 0; i < Profiles.SAMPLES_MIN; i++) {
      enough.add(sample(i));
    }
    Profile many = fold(enough);
    assertEquals(Optional.of(many), Profiles.known(List.of(few, many)));
    assertTrue(Profiles.known(List.of(few)).isEmpty());
    assertEquals(
        List.of(ProfileLevel.TENANT_IMAGE_USER, ProfileLevel.TENANT_IMAGE),
        Samples.KEY.levels().stream().map(ProfileKey::level).toList());
  }
}
