package dev.holdfast.store.series;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * How long usage is kept, for each grain.
 *
 * @param spans one for every grain, {@link #least} to {@link #MOST}
 */
public record Retention(Map<Grain, Duration> spans) {
  /** The longest span. */
  public static final Duration MOST = Duration.ofDays(3660);

  /** A week of samples, six hours of seconds, a month of minutes, two years of hours. */
  public static final Retention DEFAULT =
      new Retention(
          Map.of(
              Grain.SAMPLE, Duration.ofDays(7),
              Grain.SECOND, Duration.ofHours(6),
              Grain.TEN_SECONDS, Duration.ofDays(2),
              Grain.MINUTE, Duration.ofDays(31),
              Grain.FIVE_MINUTES, Duration.ofDays(93),
              Grain.HOUR, Duration.ofDays(730)));

  /** Copies, and refuses spans that are missing or out of range. */
  public Retention {
    for (Grain grain : Grain.values()) {
      Duration span = spans.get(grain);
      if (span == null || span.compareTo(least(grain)) < 0 || span.compareTo(MOST) > 0) {
        throw new IllegalArgumentException(grain + " is kept for " + least(grain) + " to " + MOST);
      }
    }
    spans = Collections.unmodifiableMap(new EnumMap<>(spans));
  }

  /** The shortest span: what a node may have spooled finds what it is folded with. */
  public static Duration least(Grain grain) {
    return Folder.marks(grain).isPresent() ? Duration.ofHours(25) : Duration.ofHours(1);
  }

  /** How long a grain is kept. */
  public Duration of(Grain grain) {
    return spans.getOrDefault(grain, MOST);
  }

  /** How long the names of anything are kept that is in use no more: longer than any row. */
  public Duration longest() {
    return spans.values().stream().max(Duration::compareTo).orElse(MOST).plusDays(2);
  }
}
