package dev.holdfast.cli;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spans and moments as people write and read them: {@code 1h30m}, {@code in 5m}. */
public final class Spans {
  private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
  private static final Duration MAX = Duration.ofDays(366);

  private Spans() {}

  /**
   * Reads {@code 500ms}, {@code 30s}, {@code 1h30m} or {@code 2d}.
   *
   * @return more than zero, at most 366 days
   * @throws CommandException if it is anything else
   */
  public static Duration parse(String text) {
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    int end = 0;
    while (sum.compareTo(MAX) <= 0
        && end < text.length()
        && part.find(end)
        && part.start() == end) {
      long count = Long.parseLong(part.group(1));
      sum =
          sum.plus(
              switch (part.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
              });
      end = part.end();
    }
    if (text.isEmpty() || end < text.length() || sum.isZero() || sum.compareTo(MAX) > 0) {
      throw CommandException.usage(
          "\""
              + Text.clean(text)
              + "\" is no span of time. Write, for example, 500ms, 30s, 1h30m or 2d; at most"
              + " 366d.");
    }
    return sum;
  }

  /** The two largest units: {@code 2h10m}. Below a second, {@code 0s}. */
  public static String print(Duration span) {
    long seconds = Math.abs(span.toSeconds());
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3600) {
      return two(seconds / 60, "m", seconds % 60, "s");
    }
    if (seconds < 86_400) {
      return two(seconds / 3600, "h", seconds % 3600 / 60, "m");
    }
    return two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h");
  }

  /** How long ago; a dash where the time is not set, or no time at all. */
  public static String age(boolean set, Timestamp time, Instant now) {
    return moment(set, time).map(at -> print(Duration.between(at, now))).orElse("-");
  }

  /** How long until: {@code in 5m}, {@code 3m ago}; a dash where {@link #age} has one. */
  public static String until(boolean set, Timestamp time, Instant now) {
    return moment(set, time).map(at -> until(Duration.between(now, at))).orElse("-");
  }

  private static String until(Duration left) {
    return left.isNegative() ? print(left) + " ago" : "in " + print(left);
  }

  /** The wire's span. */
  static com.google.protobuf.Duration onWire(Duration span) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(span.getSeconds())
        .setNanos(span.getNano())
        .build();
  }

  /** The wire's moment. */
  static Timestamp onWire(Instant time) {
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }

  /** A server may send any number; the wire's times end with the year 9999. */
  private static Optional<Instant> moment(boolean set, Timestamp time) {
    return set && Timestamps.isValid(time)
        ? Optional.of(Instant.ofEpochSecond(time.getSeconds(), time.getNanos()))
        : Optional.empty();
  }

  private static String two(long major, String majorUnit, long minor, String minorUnit) {
    return major + majorUnit + (minor == 0 ? "" : minor + minorUnit);
  }
}
