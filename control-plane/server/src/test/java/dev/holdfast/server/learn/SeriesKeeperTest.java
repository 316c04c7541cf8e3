package dev.holdfast.server.learn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.store.series.Grain;
import dev.holdfast.store.series.ProfiledSample;
import dev.holdfast.store.series.Retention;
import dev.holdfast.store.series.UsageQuery;
import dev.holdfast.store.series.UsageSeries;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SeriesKeeperTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final ProfileKey KEY =
      new ProfileKey(new TenantName("acme"), new ImageName("ab".repeat(32)), Optional.of("ada"));

  @TempDir private Path folder = Path.of("");

  private static List<ProfiledSample> minuteOfSamples(Instant start) {
    return LongStream.rangeClosed(1, 60)
        .mapToObj(
            second ->
                new ProfiledSample(
                    ProfileName.inSeries(KEY),
                    new UsageSample(
                        "s",
                        start.getEpochSecond() + second,
                        start.plusSeconds(second),
                        Duration.ofSeconds(1),
                        ResourceVector.of(Resource.CPU_MILLICORES, 100),
                        Optional.empty(),
                        Map.of())))
        .toList();
  }

  private static long samples(UsageSeries series, Grain grain) {
    var query =
        new UsageQuery(
            KEY.tenant(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Instant.EPOCH,
            NOW.plusSeconds(7200),
            grain);
    return series.read(query, Optional.empty(), 10_000).rows().stream()
        .mapToLong(row -> row.samples())
        .sum();
  }

  @Test
  void everyGrainIsKeptForItsOwnTimeAndNoLonger() {
    Map<Duration, List<Grain>> keptAtAge =
        Map.of(
            Duration.ofHours(2), List.of(Grain.values()),
            Duration.ofDays(1),
                List.of(
                    Grain.SAMPLE, Grain.TEN_SECONDS, Grain.MINUTE, Grain.FIVE_MINUTES, Grain.HOUR),
            Duration.ofDays(20), List.of(Grain.MINUTE, Grain.FIVE_MINUTES, Grain.HOUR),
            Duration.ofDays(80), List.of(Grain.FIVE_MINUTES, Grain.HOUR),
            Duration.ofDays(700), List.of(Grain.HOUR),
            Duration.ofDays(800), List.of());
    keptAtAge.forEach(
        (age, kept) -> {
          try (var series = UsageSeries.open(folder.resolve(age.toHours() + ".db"))) {
            series.append(minuteOfSamples(NOW.minus(age)));
            var keeper = new SeriesKeeper(series, Retention.DEFAULT, InstantSource.fixed(NOW));
            keeper.fold();
            keeper.forget();
            keeper.fold();
            keeper.forget();
            for (Grain grain : Grain.values()) {
              assertEquals(
                  kept.contains(grain) ? 60 : 0, samples(series, grain), age + " " + grain);
            }
            assertEquals(
                kept.isEmpty() ? 0 : NOW.minus(age).getEpochSecond() + 60,
                series.acknowledged("s"));
          }
        });
  }

  @Test
  void aMinuteIsFoldedOnceReportsOfItHaveCome() {
    try (var series = UsageSeries.open(folder.resolve("usage.db"))) {
      series.append(minuteOfSamples(NOW));
      new SeriesKeeper(series, Retention.DEFAULT, InstantSource.fixed(NOW.plusSeconds(119))).fold();
      assertEquals(0, samples(series, Grain.MINUTE));
      new SeriesKeeper(series, Retention.DEFAULT, InstantSource.fixed(NOW.plusSeconds(120))).fold();
      assertEquals(60, samples(series, Grain.MINUTE));
    }
  }
}
