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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ErrorsTest {
  private static final Resource CPU = Resource.CPU_MILLICORES;
  private static final Quantiles BAND = new Quantiles(cpu(100), cpu(200), cpu(300), cpu(400));

  private static ResourceVector cpu(long millicores) {
    return ResourceVector.of(CPU, millicores);
  }

  private static UsageSample used(long millicores) {
    return Samples.sample("s", 1, Samples.NOON, Duration.ofSeconds(1), cpu(millicores));
  }

  private static Errors.Score score(Errors errors, Lead lead) {
    return Optional.ofNullable(errors.scores().getOrDefault(lead, Map.of()).get(CPU)).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    // The loss of each quantile, by hand: p50, p90, p95, p99.
    "100, 0, 10, 10, 3",
    "250, 75, 45, 2.5, 1.5",
    "500, 200, 270, 190, 99"
  })
  void theLossIsThatOfEachQuantile(long used, double p50, double p90, double p95, double p99) {
    Errors errors = Errors.NONE.plus(Lead.MINUTE, BAND, used(used), Set.of());
    assertEquals(p50 + p90 + p95 + p99, score(errors, Lead.MINUTE).pinballSum(), 1e-9);
    assertEquals((p50 + p90 + p95 + p99) / 4, score(errors, Lead.MINUTE).meanPinballLoss(), 1e-9);
  }

  @Test
  void whatWasForecastFurtherAheadCountsByItself() {
    Errors errors =
        Errors.NONE
            .plus(Lead.MINUTE, BAND, used(50), Set.of())
            .plus(Lead.HOURS, BAND, used(350), Set.of());
    assertEquals(1, score(errors, Lead.MINUTE).coverage().share(Quantile.P50));
    assertEquals(0, score(errors, Lead.HOURS).coverage().share(Quantile.P95));
    assertEquals(
        new Coverage(2, 1, 1, 1, 2), Optional.ofNullable(errors.coverage().get(CPU)).orElseThrow());
  }

  @Test
  void whereUsageWasHeldDownNothingIsKnownOfTheForecast() {
    Errors errors = Errors.NONE.plus(Lead.MINUTE, BAND, used(100), Set.of(CPU));
    assertTrue(errors.coverage().isEmpty());
  }

  @Test
  void aLeadIsTheShortestThatADistanceFitsInto() {
    assertEquals(Lead.MINUTE, Lead.of(Duration.ZERO));
    assertEquals(Lead.MINUTE, Lead.of(Duration.ofMinutes(1)));
    assertEquals(Lead.QUARTER, Lead.of(Duration.ofSeconds(61)));
    assertEquals(Lead.DAY, Lead.of(Duration.ofHours(3)));
    assertEquals(Lead.WEEK, Lead.of(Duration.ofDays(30)));
  }
}
