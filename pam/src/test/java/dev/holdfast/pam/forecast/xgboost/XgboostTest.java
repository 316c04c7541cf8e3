package dev.holdfast.pam.forecast.xgboost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.Samples;
import dev.holdfast.pam.forecast.Features;
import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Forecaster;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.forecast.TrainingSet;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.Profiles;
import dev.holdfast.pam.profile.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class XgboostTest {
  /** A run's demand: the middle is four times the ends, with noise of a tenth. */
  private record Shape(Duration period, int samples) {
    List<UsageSample> run(String id, Instant start, RandomGenerator random) {
      List<UsageSample> run = new ArrayList<>();
      for (int i = 0; i < samples; i++) {
        double share = (i + 0.5) / samples;
        double level = 1000 + 3000 * Math.sin(Math.PI * share);
        long cpu = Math.max(0, Math.round(level * (1 + 0.1 * random.nextGaussian())));
        long memory = Math.round((200e6 + 100e6 * share) * (1 + 0.02 * random.nextGaussian()));
        run.add(
            Samples.sample(
                Samples.name(id) + "/grants/g",
                i + 1,
                start.plus(period.multipliedBy(i + 1)),
                period,
                ResourceVector.of(
                    Map.of(
                        Resource.CPU_MILLICORES, cpu, Resource.MEMORY_BYTES, memory))));
      }
      return run;
    }

    Duration length() {
      return period.multipliedBy(samples);
    }
  }

  private static final Shape DAILY = new Shape(Duration.ofMinutes(10), 144);
  private static final Shape SHORT = new Shape(Duration.ofMillis(150), 40);

  private static Profile profile(Shape shape, int runs, Duration apart, long seed) {
    Profile profile = Profile.empty(Samples.KEY);
    for (int i = 0; i < runs; i++) {
      Instant start = Samples.NOON.plus(apart.multipliedBy(i));
      Run run = Samples.run("r" + i, start, Optional.of(start.plus(shape.length())));
      profile = Profiles.runStarted(profile, run);
      for (UsageSample sample : shape.run("r" + i, start, Samples.random(seed * 100 + i))) {
        profile = Profiles.fold(profile, sample);
      }
    }
    return profile;
  }

  private static Forecast forecast(Profile profile, Horizon horizon) {
    XgboostModel model =
        XgboostTrainer.train(TrainingSet.of(profile), XgboostRules.DEFAULT);
    try (XgboostPredictor predictor = XgboostPredictor.load(model, 1)) {
      return Forecaster.nextRun(
          profile, predictor, Map.of(), horizon, horizon.start().minusSeconds(1));
    }
  }

  private static double pinball(long predicted, long used) {
    double miss = (double) (used - predicted);
    return miss >= 0 ? 0.9 * miss : -0.1 * miss;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theNinetiethPercentileOfADailyRhythmHoldsAndBeatsTheDefaultAmount(long seed) {
    Profile profile = profile(DAILY, 6, Duration.ofDays(1), seed);
    Instant start = Samples.NOON.plus(Duration.ofDays(6));
    Forecast forecast = forecast(profile, new Horizon(start, DAILY.period(), 144));
    List<UsageSample> next = DAILY.run("next", start, Samples.random(seed * 100 + 99));
    for (Resource resource : List.of(Resource.CPU_MILLICORES, Resource.MEMORY_BYTES)) {
      int covered = 0;
      double loss = 0;
      double defaultLoss = 0;
      long defaultAmount = profile.usage().p90().get(resource);
      for (UsageSample sample : next) {
        Instant middle = sample.endedAt().minus(sample.period().dividedBy(2));
        Quantiles band = forecast.bandAt(middle).orElseThrow();
        long used = sample.usage().get(resource);
        long held = band.p90().get(resource);
        covered += used <= held ? 1 : 0;
        loss += pinball(held, used);
        defaultLoss += pinball(defaultAmount, used);
      }
      String words = "seed " + seed + ", " + resource + ": " + covered + " of 144";
      assertTrue(covered >= 0.80 * 144 && covered <= 0.97 * 144, words);
      // The rival is a generous one: a default amount that is the p90 of all that was ever used.
      assertTrue(loss < 0.7 * defaultLoss, words + ", " + loss + " against " + defaultLoss);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {4, 5, 6})
  void oneRunOfSecondsIsEnoughToForecastTheNext(long seed) {
    Profile profile = profile(SHORT, 1, Duration.ofMinutes(1), seed);
    Instant start = Samples.NOON.plusSeconds(20);
    Forecast forecast = forecast(profile, new Horizon(start, SHORT.period(), 40));
    Quantiles middle = forecast.bandAt(start.plusSeconds(3)).orElseThrow();
    Quantiles begin = forecast.bandAt(start).orElseThrow();
    long atMiddle = middle.p50().get(Resource.CPU_MILLICORES);
    assertTrue(atMiddle > 3200 && atMiddle < 4800, "seed " + seed + ": " + middle);
    assertTrue(
        begin.p50().get(Resource.CPU_MILLICORES) < 0.75 * atMiddle, "seed " + seed + ": " + begin);
    for (Resource resource : List.of(Resource.CPU_MILLICORES, Resource.MEMORY_BYTES)) {
      String words = "seed " + seed + ", " + resource + ": " + middle;
      assertTrue(middle.p50().get(resource) < middle.p90().get(resource), words);
      assertTrue(middle.p90().get(resource) < middle.p99().get(resource), words);
    }
    long peak = forecast.peak(Quantile.P90).get(Resource.CPU_MILLICORES);
    assertTrue(peak > 3800 && peak < 5500, "seed " + seed + ": peak " + peak);
  }

  @Test
  void aBandMuchLongerThanARunStillShowsItsPeak() {
    Profile profile = profile(SHORT, 3, Duration.ofMinutes(1), 7);
    Instant start = Samples.NOON.plusSeconds(300);
    Forecast forecast = forecast(profile, new Horizon(start, Duration.ofMinutes(5), 12));
    long peak = forecast.bands().getFirst().p90().get(Resource.CPU_MILLICORES);
    assertTrue(peak > 3800 && peak < 5500, "peak " + peak);
  }

  @Test
  void aRunUnderWayIsForecastFromWhatItUsedSoFar() {
    Profile profile = profile(SHORT, 3, Duration.ofMinutes(1), 8);
    Instant start = Samples.NOON.plusSeconds(300);
    Run run = Samples.run("now", start, Optional.empty());
    profile = Profiles.runStarted(profile, run);
    XgboostModel model =
        XgboostTrainer.train(TrainingSet.of(profile), XgboostRules.DEFAULT);
    for (UsageSample sample : SHORT.run("now", start, Samples.random(9)).subList(0, 10)) {
      profile = Profiles.fold(profile, sample);
    }
    try (XgboostPredictor predictor = XgboostPredictor.load(model, 1)) {
      Instant now = start.plusMillis(1500);
      Horizon horizon = new Horizon(now.plusMillis(1), SHORT.period(), 10);
      Forecast forecast = Forecaster.currentRun(profile, predictor, run, horizon, now);
      long p50 = forecast.bands().get(5).p50().get(Resource.CPU_MILLICORES);
      assertTrue(p50 > 2800 && p50 < 5000, "p50 " + p50);
    }
  }

  @Test
  void theSameSamplesGiveTheSameModelAndItsBytesTheSamePredictions() {
    Profile profile = profile(SHORT, 2, Duration.ofMinutes(1), 10);
    TrainingSet set = TrainingSet.of(profile);
    XgboostModel one = XgboostTrainer.train(set, XgboostRules.DEFAULT);
    XgboostModel two = XgboostTrainer.train(TrainingSet.of(profile), XgboostRules.DEFAULT);
    assertEquals(one, two);
    XgboostModel other =
        XgboostTrainer.train(
            TrainingSet.of(profile(SHORT, 2, Duration.ofMinutes(1), 11)),
            XgboostRules.DEFAULT);
    assertNotEquals(one.id(), other.id());
    float[][] rows =
        Optional.ofNullable(set.rows().get(Resource.CPU_MILLICORES)).orElseThrow().features();
    try (XgboostPredictor first = XgboostPredictor.load(one, 1);
        XgboostPredictor second = XgboostPredictor.load(two, 2)) {
      double[][] expected = first.predict(Resource.CPU_MILLICORES, rows);
      assertArrayEquals(expected, second.predict(Resource.CPU_MILLICORES, rows));
      for (double[] row : expected) {
        for (int q = 1; q < row.length; q++) {
          assertTrue(row[q - 1] >= 0 && row[q - 1] <= row[q]);
        }
      }
      float[][] single = {rows[5]};
      assertArrayEquals(
          expected[5], first.predict(Resource.CPU_MILLICORES, single)[0]);
    }
  }

  @Test
  void aModelReadsBackFromItsBytesAndFromNoOthers() {
    XgboostModel model =
        XgboostTrainer.train(
            TrainingSet.of(profile(SHORT, 1, Duration.ofMinutes(1), 15)),
            XgboostRules.DEFAULT);
    Bytes bytes = model.toBytes();
    assertEquals(model, XgboostModel.fromBytes(bytes));
    for (int length = 0; length < bytes.length(); length += 97) {
      Bytes cut = bytes.slice(0, length);
      assertThrows(IllegalArgumentException.class, () -> XgboostModel.fromBytes(cut));
    }
    Bytes longer = Bytes.concat(bytes, Bytes.of((byte) 0));
    assertThrows(IllegalArgumentException.class, () -> XgboostModel.fromBytes(longer));
  }

  @Test
  void otherFeaturesAndBrokenBytesAreRefused() {
    XgboostModel model =
        XgboostTrainer.train(
            TrainingSet.of(profile(SHORT, 1, Duration.ofMinutes(1), 12)),
            XgboostRules.DEFAULT);
    XgboostModel newer =
        new XgboostModel(model.id(), Features.VERSION + 1, model.boosters(), model.card());
    assertThrows(IllegalArgumentException.class, () -> XgboostPredictor.load(newer, 1));
    XgboostModel.Trees broken =
        new XgboostModel.Trees(Bytes.utf8("{no model}"), 1, List.of(0.0, 0.0, 0.0, 0.0));
    XgboostModel garbage =
        new XgboostModel(
            model.id(),
            Features.VERSION,
            Map.of(Resource.CPU_MILLICORES, broken),
            model.card());
    assertThrows(IllegalArgumentException.class, () -> XgboostPredictor.load(garbage, 1));
  }

  @Test
  void coverageCountsHowOftenAForecastHeld() {
    Profile profile = profile(SHORT, 2, Duration.ofMinutes(1), 13);
    Instant start = Samples.NOON.plusSeconds(120);
    Forecast forecast = forecast(profile, new Horizon(start, SHORT.period(), 40));
    Profile scored = profile;
    for (UsageSample sample : SHORT.run("next", start, Samples.random(14))) {
      scored = Forecaster.scored(scored, forecast, sample);
    }
    var coverage = scored.coverage().get(Resource.CPU_MILLICORES);
    assertTrue(coverage != null && coverage.outcomes() == 40, "coverage " + coverage);
    assertTrue(
        coverage.share(Quantile.P50) < coverage.share(Quantile.P99), "coverage " + coverage);
  }
}
