package dev.holdfast.cli;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spans and moments as people write and read them: {@code 1h30m}, {@code in 5m}. */
final class Spans {
  private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
  private static final Duration MAX = Duration.ofDays(366);

  private Spans() {}

  /** Reads {@code 500ms}, {@code 30s}, {@code 1h30m} or {@code 2d}; at most 366 days. */
  static Duration parse(String text) {
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    int end = 0;
    while (end < text.length() && part.find(end) && part.start() == end) {
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
  static String print(Duration span) {
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

  /** How long ago; a dash where the time is not set. */
  static String age(boolean set, Timestamp time, Instant now) {
    return set ? print(Duration.between(instant(time), now)) : "-";
  }

  /** How long until: {@code in 5m}, {@code 3m ago}; a dash where the time is not set. */
  static String until(boolean set, Timestamp time, Instant now) {
    if (!set) {
      return "-";
    }
    Duration left = Duration.between(now, instant(time));
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

  private static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  private static String two(long major, String majorUnit, long minor, String minorUnit) {
    return major + majorUnit + (minor == 0 ? "" : minor + minorUnit);
  }
}
