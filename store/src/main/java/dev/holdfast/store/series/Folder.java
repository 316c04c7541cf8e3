package dev.holdfast.store.series;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Folds samples into buckets, and those into longer ones, in one transaction. What is to be folded
 * stands in a table of marks: each names a bucket of one profile whose rows have changed.
 */
final class Folder {
  /** Marks a bucket: grain, end, profile. */
  static final String MARK =
      "INSERT INTO series_stale (grain, ended, profile, marks) VALUES (?, ?, ?, 1)"
          + " ON CONFLICT (grain, ended, profile) DO UPDATE SET marks = series_stale.marks + 1";

  /** Each step reads what the one before made. */
  private static final List<Step> STEPS =
      List.of(
          new Step(
              Grain.SAMPLE,
              List.of(Grain.SECOND, Grain.TEN_SECONDS, Grain.MINUTE),
              Optional.of(Grain.FIVE_MINUTES)),
          new Step(Grain.MINUTE, List.of(Grain.FIVE_MINUTES), Optional.of(Grain.HOUR)),
          new Step(Grain.FIVE_MINUTES, List.of(Grain.HOUR), Optional.empty()));

  private final Connection connection;

  Folder(Connection connection) {
    this.connection = connection;
  }

  /** What is folded from where; marks are of the longest buckets made. */
  private record Step(Grain from, List<Grain> into, Optional<Grain> next) {
    Grain marked() {
      return into.getLast();
    }
  }

  private record Slot(long ended, long profile) {}

  /** Folds up to so many marked buckets that ended by a time. */
  int fold(Instant until, int most) throws SQLException {
    int folded = 0;
    for (Step step : STEPS) {
      if (folded < most) {
        folded += fold(step, until, most - folded);
      }
    }
    return folded;
  }

  private int fold(Step step, Instant until, int most) throws SQLException {
    List<Slot> slots = take(step.marked(), until, most);
    if (slots.isEmpty()) {
      return 0;
    }
    for (Grain grain : step.into()) {
      for (String sql : SeriesTables.fold(step.from(), grain)) {
        try (PreparedStatement fold = connection.prepareStatement(sql)) {
          for (Slot slot : slots) {
            fold.setLong(1, slot.profile());
            fold.setLong(2, slot.ended() - step.marked().millis());
            fold.setLong(3, slot.ended());
            fold.addBatch();
          }
          fold.executeBatch();
        }
      }
    }
    if (step.next().isPresent()) {
      mark(step.next().get(), slots);
    }
    return slots.size();
  }

  /** Takes marks away: what another server takes at the same time is left to it. */
  private List<Slot> take(Grain grain, Instant until, int most) throws SQLException {
    List<Slot> found = new ArrayList<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT ended, profile FROM series_stale WHERE grain = ? AND ended <= ?"
                + " ORDER BY ended, profile LIMIT ?")) {
      query.setLong(1, grain.millis());
      query.setLong(2, until.toEpochMilli());
      query.setInt(3, most);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          found.add(new Slot(rows.getLong(1), rows.getLong(2)));
        }
      }
    }
    List<Slot> taken = new ArrayList<>();
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM series_stale WHERE grain = ? AND ended = ? AND profile = ?")) {
      for (Slot slot : found) {
        delete.setLong(1, grain.millis());
        delete.setLong(2, slot.ended());
        delete.setLong(3, slot.profile());
        delete.addBatch();
      }
      int[] counts = delete.executeBatch();
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] == 1) {
          taken.add(found.get(i));
        }
      }
    }
    return taken;
  }

  private void mark(Grain grain, List<Slot> slots) throws SQLException {
    List<Slot> wider =
        slots.stream()
            .map(slot -> new Slot(grain.bucket(slot.ended()), slot.profile()))
            .sorted(Comparator.comparingLong(Slot::ended).thenComparingLong(Slot::profile))
            .distinct()
            .toList();
    try (PreparedStatement put = connection.prepareStatement(MARK)) {
      for (Slot slot : wider) {
        put.setLong(1, grain.millis());
        put.setLong(2, slot.ended());
        put.setLong(3, slot.profile());
        put.addBatch();
      }
      put.executeBatch();
    }
  }

  /** The grain whose marks say that rows of this one are still to be folded; empty for none. */
  static Optional<Grain> marks(Grain from) {
    return STEPS.stream().filter(step -> step.from() == from).map(Step::marked).findFirst();
  }
}
