package dev.holdfast.store.series;

import dev.holdfast.pam.model.ApiCalls;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads rows of usage on one connection. */
final class RowReader {
  private static final int PART = 64;
  private static final int VALUES = 10;

  private final Connection connection;

  RowReader(Connection connection) {
    this.connection = connection;
  }

  /** A part of a statement, and what its places hold. */
  private static final class Condition {
    private final StringBuilder sql;
    private final List<Object> values = new ArrayList<>();

    Condition(String begin) {
      sql = new StringBuilder(begin);
    }

    Condition and(String text, Object... more) {
      sql.append(' ').append(text);
      Collections.addAll(values, more);
      return this;
    }

    PreparedStatement on(Connection connection) throws SQLException {
      PreparedStatement statement = connection.prepareStatement(sql.toString());
      for (int i = 0; i < values.size(); i++) {
        statement.setObject(i + 1, values.get(i));
      }
      return statement;
    }
  }

  /** Rows with the numbers of their names. */
  private record Numbered(UsagePage.Place place, UsageRow row) {}

  UsagePage page(UsageQuery query, Optional<UsagePage.Place> after, int limit) throws SQLException {
    Condition condition =
        new Condition(SeriesTables.select(query.grain()))
            .and(
                "AND u.profile IN (SELECT id FROM series_profile WHERE tenant = ?",
                query.tenant().tenant());
    query.image().ifPresent(image -> condition.and("AND image = ?", image.toString()));
    query.user().ifPresent(user -> condition.and("AND user_name = ?", user));
    condition.and(
        ") AND u.ended >= ? AND u.ended < ?",
        query.from().toEpochMilli(),
        query.to().toEpochMilli());
    query
        .subject()
        .ifPresent(
            subject -> {
              String below = subject + "/";
              condition.and(
                  "AND (s.name = ? OR substr(s.name, 1, ?) = ?)", subject, below.length(), below);
            });
    query.inputs().forEach(input -> input(condition, input));
    after.ifPresent(
        place ->
            condition.and(
                "AND (u.profile, u.ended, u.subject, u.inputs) > (?, ?, ?, ?)",
                place.profile(),
                place.ended(),
                place.subject(),
                place.inputs()));
    condition.and("ORDER BY u.profile, u.ended, u.subject, u.inputs LIMIT ?", limit + 1);
    List<Numbered> rows = rows(query.grain(), condition);
    if (rows.size() <= limit) {
      return new UsagePage(rows.stream().map(Numbered::row).toList(), Optional.empty());
    }
    return new UsagePage(
        rows.stream().limit(limit).map(Numbered::row).toList(),
        Optional.of(rows.get(limit - 1).place()));
  }

  private static void input(Condition condition, InputCondition input) {
    switch (input) {
      case InputCondition.Between(String name, double least, double most) ->
          condition.and(
              "AND u.inputs IN (SELECT inputs FROM series_input WHERE name = ? AND quantity >= ?"
                  + " AND quantity <= ?)",
              name,
              least,
              most);
      case InputCondition.Is(String name, String text) ->
          condition.and(
              "AND u.inputs IN (SELECT inputs FROM series_input WHERE name = ? AND word = ?)",
              name,
              text);
      case InputCondition.Flag(String name, boolean on) ->
          condition.and(
              "AND u.inputs IN (SELECT inputs FROM series_input WHERE name = ? AND flag = ?)",
              name,
              on ? 1L : 0L);
    }
  }

  /** The newest samples of a profile, newest first. */
  List<UsageRow> newest(String profile, int limit) throws SQLException {
    return rows(
            Grain.SAMPLE,
            new Condition(SeriesTables.select(Grain.SAMPLE))
                .and("AND u.profile = (SELECT id FROM series_profile WHERE name = ?)", profile)
                .and("ORDER BY u.ended DESC, u.subject DESC, u.inputs DESC LIMIT ?", limit))
        .stream()
        .map(Numbered::row)
        .toList();
  }

  private List<Numbered> rows(Grain grain, Condition condition) throws SQLException {
    List<Numbered> rows = new ArrayList<>();
    try (PreparedStatement statement = condition.on(connection);
        ResultSet found = statement.executeQuery()) {
      while (found.next()) {
        rows.add(row(found));
      }
    }
    Map<Long, SortedMap<String, InputValue>> inputs =
        inputs(
            rows.stream()
                .map(row -> row.place().inputs())
                .filter(id -> id != 0)
                .distinct()
                .toList());
    Map<UsagePage.Place, Map<String, ApiCalls>> calls = calls(grain, rows);
    return rows.stream()
        .map(
            numbered ->
                new Numbered(
                    numbered.place(),
                    complete(
                        numbered.row(),
                        calls.getOrDefault(numbered.place(), Map.of()),
                        inputs.getOrDefault(
                            numbered.place().inputs(), Collections.emptySortedMap()))))
        .toList();
  }

  private static Numbered row(ResultSet found) throws SQLException {
    var place =
        new UsagePage.Place(found.getLong(3), found.getLong(4), found.getLong(5), found.getLong(6));
    var usage = new EnumMap<Resource, Long>(Resource.class);
    int at = VALUES;
    for (Resource resource : Resource.values()) {
      usage.put(resource, Math.round(found.getDouble(at++)));
    }
    double instructions = found.getDouble(at);
    Optional<HardwareCounters> counters =
        found.wasNull()
            ? Optional.empty()
            : Optional.of(
                new HardwareCounters(
                    Math.round(instructions),
                    Math.round(found.getDouble(at + 1)),
                    Math.round(found.getDouble(at + 2)),
                    Math.round(found.getDouble(at + 3))));
    return new Numbered(
        place,
        new UsageRow(
            found.getString(1),
            found.getString(2),
            found.getLong(7),
            Instant.ofEpochMilli(place.ended()),
            Duration.ofMillis(found.getLong(8)),
            found.getLong(9),
            ResourceVector.of(usage),
            counters,
            Map.of(),
            Collections.emptySortedMap()));
  }

  private static UsageRow complete(
      UsageRow row, Map<String, ApiCalls> calls, SortedMap<String, InputValue> inputs) {
    return new UsageRow(
        row.profile(),
        row.subject(),
        row.sequence(),
        row.endedAt(),
        row.covered(),
        row.samples(),
        row.usage(),
        row.counters(),
        calls,
        inputs);
  }

  private Map<Long, SortedMap<String, InputValue>> inputs(List<Long> sets) throws SQLException {
    Map<Long, SortedMap<String, InputValue>> inputs = new HashMap<>();
    for (int from = 0; from < sets.size(); from += PART) {
      List<Long> part = sets.subList(from, Math.min(sets.size(), from + PART));
      Condition condition =
          new Condition(
                  "SELECT inputs, name, quantity, word, flag FROM series_input WHERE inputs IN (")
              .and(String.join(", ", Collections.nCopies(part.size(), "?")) + ")", part.toArray());
      try (PreparedStatement statement = condition.on(connection);
          ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          inputs
              .computeIfAbsent(found.getLong(1), _ -> new TreeMap<>())
              .put(found.getString(2), value(found));
        }
      }
    }
    return inputs;
  }

  private static InputValue value(ResultSet found) throws SQLException {
    double quantity = found.getDouble(3);
    if (!found.wasNull()) {
      return new InputValue.Quantity(quantity);
    }
    String word = found.getString(4);
    return word == null ? new InputValue.Flag(found.getLong(5) != 0) : new InputValue.Text(word);
  }

  /** One query for each profile, over the time that its rows span. */
  private Map<UsagePage.Place, Map<String, ApiCalls>> calls(Grain grain, List<Numbered> rows)
      throws SQLException {
    Map<UsagePage.Place, Map<String, ApiCalls>> calls = new HashMap<>();
    Map<Long, long[]> spans = new TreeMap<>();
    for (Numbered row : rows) {
      long ended = row.place().ended();
      long[] span = spans.computeIfAbsent(row.place().profile(), _ -> new long[] {ended, ended});
      span[0] = Math.min(span[0], ended);
      span[1] = Math.max(span[1], ended);
    }
    try (PreparedStatement query = connection.prepareStatement(SeriesTables.selectCalls(grain))) {
      for (Map.Entry<Long, long[]> span : spans.entrySet()) {
        query.setLong(1, span.getKey());
        query.setLong(2, span.getValue()[0]);
        query.setLong(3, span.getValue()[1]);
        try (ResultSet found = query.executeQuery()) {
          while (found.next()) {
            var place =
                new UsagePage.Place(
                    span.getKey(), found.getLong(1), found.getLong(2), found.getLong(3));
            long ended = Math.round(found.getDouble(5));
            calls
                .computeIfAbsent(place, _ -> new TreeMap<>())
                .put(
                    found.getString(4),
                    new ApiCalls(ended, Math.min(ended, Math.round(found.getDouble(6)))));
          }
        }
      }
    }
    return calls;
  }
}
