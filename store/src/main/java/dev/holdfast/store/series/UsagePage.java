package dev.holdfast.store.series;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Part of an answer.
 *
 * @param rows in the order of their profile, then of their end
 * @param next where the next part begins; empty on the last
 */
public record UsagePage(List<UsageRow> rows, Optional<Place> next) {
  /** Copies the list. */
  public UsagePage {
    rows = List.copyOf(rows);
  }

  /** A place in the order of rows: what has been read up to it. */
  public record Place(long profile, long ended, long subject, long inputs) {
    private static final Pattern FORM =
        Pattern.compile("(\\d{1,18})\\.(\\d{1,18})\\.(\\d{1,18})\\.(\\d{1,18})");

    /** Reads what {@link #toString} wrote; empty if it is something else. */
    public static Optional<Place> parse(String text) {
      Matcher matcher = FORM.matcher(text);
      return matcher.matches()
          ? Optional.of(
              new Place(
                  Long.parseLong(matcher.group(1)),
                  Long.parseLong(matcher.group(2)),
                  Long.parseLong(matcher.group(3)),
                  Long.parseLong(matcher.group(4))))
          : Optional.empty();
    }

    @Override
    public String toString() {
      return profile + "." + ended + "." + subject + "." + inputs;
    }
  }
}
