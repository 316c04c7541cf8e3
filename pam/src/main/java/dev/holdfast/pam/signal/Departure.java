package dev.holdfast.pam.signal;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;

/** What kind of thing a series did that was not to be expected, with the evidence. */
public sealed interface Departure {
  /** The evidence, as a sentence without a full stop; numbers are in the unit of the series. */
  String words();

  /**
   * Growth that never went back: of twelve equal parts of the time seen, the least value of each is
   * above that of the part before.
   *
   * @param from the least value of the first part
   * @param to the least value of the last
   * @param span from the first observation to the last
   */
  record Leak(double from, double to, Duration span) implements Departure {
    /** Growth in an hour. */
    public double perHour() {
      return (to - from) / Math.max(1e-9, span.toMillis() / 3_600_000.0);
    }

    @Override
    public String words() {
      return "grew without going back from %s to %s within %s, %s in an hour"
          .formatted(number(from), number(to), print(span), number(perHour()));
    }
  }

  /**
   * Values for a short time far from those before.
   *
   * @param observed the value farthest from the usual one
   * @param usual the median before
   * @param spread half of the values before lay within this distance of it
   */
  record Spike(double observed, double usual, double spread) implements Departure {
    @Override
    public String words() {
      return "went to %s, where %s was usual and half of all values were within %s of it"
          .formatted(number(observed), number(usual), number(spread));
    }
  }

  /**
   * Activity that stopped, or a value that no longer moves.
   *
   * @param value the value that it stands at
   * @param usual the median before
   * @param since the first observation that stands
   * @param observations how many stand
   */
  record Stall(double value, double usual, Instant since, int observations) implements Departure {
    /** Whether nothing is done any more, and not just the same over and over. */
    public boolean stopped() {
      return value == 0;
    }

    @Override
    public String words() {
      return "%s since %s, for %d observations; %s was usual"
          .formatted(
              stopped() ? "stopped" : "stands at exactly " + number(value),
              since,
              observations,
              number(usual));
    }
  }

  /**
   * A change from one level to another that lasts.
   *
   * @param before the median before
   * @param after the median since
   * @param since the first observation at the new level
   */
  record LevelShift(double before, double after, Instant since) implements Departure {
    @Override
    public String words() {
      return "moved from around %s to around %s at %s and stayed"
          .formatted(number(before), number(after), since);
    }
  }

  /**
   * Two accounts of the same work that no longer agree.
   *
   * @param what the ratio, in words
   * @param observed the ratio now
   * @param usual what it was before, its median; 0 where the ratio is impossible as such
   */
  record CounterMismatch(String what, double observed, double usual) implements Departure {
    @Override
    public String words() {
      return usual == 0
          ? "%s are %s, which cannot be".formatted(what, number(observed))
          : "%s are %s, where %s was usual".formatted(what, number(observed), number(usual));
    }
  }

  /**
   * Values that are ordinary as such, at a time or in a row in which they were not before.
   *
   * @param observed the latest value
   */
  record OutOfPattern(double observed) implements Departure {
    @Override
    public String words() {
      return "was at %s, an ordinary value, when it was not to be expected"
          .formatted(number(observed));
    }
  }

  /** With four digits that count. */
  private static String number(double value) {
    BigDecimal rounded = new BigDecimal(value, new MathContext(4)).stripTrailingZeros();
    return Math.abs(rounded.precision() - rounded.scale()) <= 15
        ? rounded.toPlainString()
        : rounded.toString();
  }

  private static String print(Duration span) {
    return span.toMinutes() >= 120
        ? span.toHours() + " hours"
        : span.toSeconds() >= 120 ? span.toMinutes() + " minutes" : span.toSeconds() + " seconds";
  }
}
