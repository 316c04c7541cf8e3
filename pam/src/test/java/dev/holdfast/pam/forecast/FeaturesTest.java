package dev.holdfast.pam.forecast;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileLevel;
import dev.holdfast.pam.profile.Profiles;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class FeaturesTest {
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private static List<UsageSample> samples(String run, Instant start, int count) {
    List<UsageSample> samples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      samples.add(
          Samples.sample(
              Samples.name(run).toString(),
              i + 1,
              start.plusSeconds(i + 1),
              PERIOD,
              ResourceVector.of(Resource.CPU_MILLICORES, 10L * (i + 1))));
    }
    return samples;
  }

  private static float[] row(List<UsageSample> seen, List<Features.PastRun> past, Instant time) {
    return Features.row(
        Resource.CPU_MILLICORES, new Features.Known(Samples.NOON, seen, past, Map.of()), time);
  }

  @Test
  void aRunThatHasNotBegunIsKnownByItsPositionAndByPastRuns() {
    Features.PastRun past =
        new Features.PastRun(
            Samples.NOON.minusSeconds(100), samples("r1", Samples.NOON.minusSeconds(100), 10));
    float[] row = row(List.of(), List.of(past), Samples.NOON.plusMillis(4500));
    assertEquals(4.5f, row[Features.POSITION]);
    assertTrue(Float.isNaN(row[Features.AHEAD]), "there is no sample to be ahead of");
    assertTrue(Float.isNaN(row[6]), "there is no lag");
    assertEquals(50f, row[13]);
    assertEquals(50f, row[14]);
    float[] beyond = row(List.of(), List.of(past), Samples.NOON.plusSeconds(60));
    assertTrue(Float.isNaN(beyond[13]), "the past run had ended by then");
  }

  @Test
  void aRunUnderWayIsKnownByItsLagsAndTrend() {
    float[] row = row(samples("r1", Samples.NOON, 10), List.of(), Samples.NOON.plusSeconds(13));
    assertEquals(3f, row[Features.AHEAD]);
    assertArrayEquals(new float[] {100, 90, 80}, new float[] {row[6], row[7], row[8]});
    assertEquals(65f, row[9]);
    assertEquals(100f, row[10]);
    assertEquals(Math.sqrt(525), row[11], 1e-4);
    assertEquals(10f, row[12]);
  }

  @Test
  void theTimeOfDayComesRoundAfterADayAndTheWeekAfterSeven() {
    float[] today = row(List.of(), List.of(), Samples.NOON);
    float[] tomorrow = row(List.of(), List.of(), Samples.NOON.plus(Duration.ofDays(1)));
    float[] nextWeek = row(List.of(), List.of(), Samples.NOON.plus(Duration.ofDays(7)));
    assertEquals(today[1], tomorrow[1]);
    assertFalse(today[3] == tomorrow[3]);
    for (int i = 1; i < 5; i++) {
      assertEquals(today[i], nextWeek[i]);
    }
  }

  @Test
  void anInputThatIsNotThereIsMissingAndACategoryHasOnePlace() {
    Map<String, InputValue> inputs =
        Map.of("rows", new InputValue.Quantity(12), "mode", new InputValue.Text("fast"));
    Features.Known known = new Features.Known(Samples.NOON, List.of(), List.of(), inputs);
    float[] row = Features.row(Resource.CPU_MILLICORES, known, Samples.NOON);
    int numbers = 0;
    int categories = 0;
    for (int i = 15; i < 31; i++) {
      if (!Float.isNaN(row[i])) {
        numbers += i < 23 ? 1 : 0;
        categories += i < 23 ? 0 : 1;
      }
    }
    assertEquals(1, numbers);
    assertEquals(1, categories);
  }

  @Test
  void rowsAreTheSameEveryTimeAndNoneSeesItsOwnSample() {
    Profile profile =
        Profiles.runStarted(
            Profile.empty(Samples.KEY), Samples.run("r1", Samples.NOON, Optional.empty()));
    for (UsageSample sample : samples("r1", Samples.NOON, 30)) {
      profile = Profiles.fold(profile, sample);
    }
    TrainingSet.Rows one = rows(profile);
    TrainingSet.Rows two = rows(profile);
    assertArrayEquals(one.features(), two.features());
    assertArrayEquals(one.used(), two.used());
    assertEquals(60, one.count());
    for (int i = 0; i < one.count(); i++) {
      // Usage rises all the time, so that a lag at or above it would come from its future.
      float lag = one.features()[i][6];
      assertTrue(Float.isNaN(lag) || lag < one.used()[i], "row " + i);
    }
  }

  private static TrainingSet.Rows rows(Profile profile) {
    return Optional.ofNullable(TrainingSet.of(profile).rows().get(Resource.CPU_MILLICORES))
        .orElseThrow();
  }

  @Test
  void aProfileOfTooFewSamplesTrainsNothing() {
    Profile profile = Profile.empty(Samples.KEY);
    for (UsageSample sample : samples("r1", Samples.NOON, TrainingSet.SAMPLES_MIN - 1)) {
      profile = Profiles.fold(profile, sample);
    }
    Profile few = profile;
    assertThrows(IllegalArgumentException.class, () -> TrainingSet.of(few));
  }

  @Test
  void whatIsNotKnownIsTheDefaultWithoutConfidence() {
    Horizon horizon = Horizon.of(Samples.NOON, Duration.ofHours(1));
    Forecast forecast =
        Forecaster.byDefault(Samples.KEY, Samples.SMALL, horizon, Samples.NOON);
    assertEquals(ProfileLevel.DEFAULT, forecast.level());
    assertEquals(0, forecast.confidence());
    assertEquals(Samples.SMALL, forecast.peak(Quantile.P90));
    assertEquals(12, forecast.bands().size());
    assertTrue(forecast.start().isAfter(Samples.NOON));
    assertTrue(forecast.bandAt(forecast.interval().end()).isEmpty());
  }

  @Test
  void untilAModelIsTrainedPastUsageSpeaks() {
    Profile profile = Profile.empty(Samples.KEY);
    for (UsageSample sample : samples("r1", Samples.NOON, 100)) {
      profile = Profiles.fold(profile, sample);
    }
    Instant now = Samples.NOON.plusSeconds(200);
    Forecast forecast =
        Forecaster.empirical(profile, Horizon.of(now, Duration.ofMinutes(1)), now);
    long p90 = forecast.peak(Quantile.P90).get(Resource.CPU_MILLICORES);
    assertTrue(p90 >= 900 && p90 <= 920, "p90 " + p90);
    assertEquals(100.0 / 150, forecast.confidence(), 1e-9);
  }
}
