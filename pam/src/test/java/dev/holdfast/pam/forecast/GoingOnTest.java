package dev.holdfast.pam.forecast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.Profiles;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A run that starts while others of its workload go on. */
final class GoingOnTest {
  private static final Instant START = Samples.NOON.plus(Duration.ofDays(1));
  private static final Horizon HOUR = new Horizon(START, Duration.ofMinutes(5), 12);

  private static ResourceVector cpu(long millicores) {
    return ResourceVector.of(Resource.CPU_MILLICORES, millicores);
  }

  /** One run, metered from some time after its start on, at 3000. */
  private static Profile metered(Duration after) {
    Profile profile =
        Profiles.runStarted(
            Profile.empty(Samples.KEY), Samples.run("r", Samples.NOON, Optional.empty()));
    Instant from = Samples.NOON.plus(after);
    for (int i = 1; i <= 30; i++) {
      profile =
          Profiles.fold(
              profile,
              new UsageSample(
                  Samples.run("r", Samples.NOON, Optional.empty()).reservation() + "/grants/g",
                  i,
                  from.plusSeconds(10L * i),
                  Duration.ofSeconds(10),
                  cpu(3000),
                  Optional.empty(),
                  Map.of()));
    }
    return profile;
  }

  private static Forecast forecast(Optional<Forecast> run) {
    List<Quantiles> bands = Collections.nCopies(12, Quantiles.constant(cpu(1000)));
    Instant now = START.minusSeconds(1);
    return Forecaster.goingOn(
        metered(Duration.ZERO), "xgb-0123456789abcdef", bands, cpu(1200), run, HOUR, now);
  }

  @Test
  void whileARunStartsItIsExpectedToNeedWhatPastOnesDid() {
    Forecast run = Forecaster.empirical(metered(Duration.ZERO), HOUR, START.minusSeconds(1));
    Forecast forecast = forecast(Optional.of(run));
    for (int i = 0; i < 12; i++) {
      double p95 = (double) forecast.bands().get(i).p95().get(Resource.CPU_MILLICORES);
      assertEquals(i < 2 ? 3000 : 1000, p95, i < 2 ? 100 : 0, "band " + i);
    }
    assertEquals(
        3000,
        (double) forecast.amount(Optional.empty()).get(Resource.CPU_MILLICORES),
        100,
        "to hold");
  }

  @Test
  void whereNoStartIsKnownTheSeriesSpeaksAlone() {
    Forecast forecast = forecast(Optional.empty());
    assertEquals(cpu(1000), forecast.peak(Quantile.P99));
    assertEquals(cpu(1200), forecast.amount(Optional.empty()));
    assertEquals(cpu(1000), forecast.amount(Optional.of(Quantile.P90)), "a policy's own quantile");
  }

  @Test
  void aStartIsKnownWhereARunWasMeteredFromItOn() {
    assertTrue(Forecaster.sawStart(metered(Duration.ZERO)));
    assertFalse(Forecaster.sawStart(metered(Duration.ofHours(1))));
  }
}
