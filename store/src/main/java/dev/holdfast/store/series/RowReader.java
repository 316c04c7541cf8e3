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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** Reads rows of usage on one connection, for as long as that lasts, and keeps its statements. */
final class RowReader {
  /** The most statements kept: questions differ in their conditions. */
  private static final int STATEMENTS_MAX = 64;

  private static final int PART = 64;
  private static final int VALUES = 8;

  private final Connection connection;
  private final LinkedHashMap<String, PreparedStatement> statements =
      new LinkedHashMap<>(16, 0.75f, true);

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
  }

  /** A statement, which stays open: only what it answers is closed. */
  private PreparedStatement prepared(String sql) throws SQLException {
    PreparedStatement known = statements.get(sql);
    if (known != null) {
      return known;
    }
    PreparedStatement made = connection.prepareStatement(sql);
    statements.put(sql, made);
    if (statements.size() > STATEMENTS_MAX) {
      statements.pollFirstEntry().getValue().close();
    }
    return made;
  }

  /** A row of a table, whose names are numbers. */
  private record Row(
      UsagePage.Place place,
      long sequence,
      Duration covered,
      long samples,
      ResourceVector usage,
      Optional<HardwareCounters> counters) {}

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
                  "AND EXISTS (SELECT 1 FROM series_subject AS s WHERE s.id = u.subject AND (s.name"
                      + " = ? OR substr(s.name, 1, ?) = ?))",
                  subject,
                  below.length(),
                  below);
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
    List<Row> rows = rows(condition);
    if (rows.size() <= limit) {
      return new UsagePage(named(query.grain(), rows), Optional.empty());
    }
    return new UsagePage(
        named(query.grain(), rows.subList(0, limit)), Optional.of(rows.get(limit - 1).place()));
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

  /** The newest rows of a profile that ended by a time, newest first. */
  List<UsageRow> newest(String profile, Grain grain, long until, int limit) throws SQLException {
    Condition condition =
        new Condition(SeriesTables.select(grain))
            .and("AND u.profile = (SELECT id FROM series_profile WHERE name = ?)", profile)
            .and("AND u.ended <= ?", until)
            .and("ORDER BY u.ended DESC, u.subject DESC, u.inputs DESC LIMIT ?", limit);
    return named(grain, rows(condition));
  }

  private List<Row> rows(Condition condition) throws SQLException {
    List<Row> rows = new ArrayList<>();
    PreparedStatement statement = prepared(condition.sql.toString());
    for (int i = 0; i < condition.values.size(); i++) {
      statement.setObject(i + 1, condition.values.get(i));
    }
    try (ResultSet found = statement.executeQuery()) {
      while (found.next()) {
        rows.add(row(found));
      }
    }
    return rows;
  }

  private static Row row(ResultSet found) throws SQLException {
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
    return new Row(
        new UsagePage.Place(found.getLong(1), found.getLong(2), found.getLong(3), found.getLong(4)),
        found.getLong(5),
        Duration.ofMillis(found.getLong(6)),
        found.getLong(7),
        ResourceVector.of(usage),
        counters);
  }

  /** What names the rows, calls and inputs have; a row whose names are being forgotten goes too. */
  private List<UsageRow> named(Grain grain, List<Row> rows) throws SQLException {
    Map<Long, String> profiles = names("series_profile", ids(rows, UsagePage.Place::profile));
    Map<Long, String> subjects = names("series_subject", ids(rows, UsagePage.Place::subject));
    Set<Long> sets = ids(rows, UsagePage.Place::inputs);
    sets.remove(0L);
    Map<Long, SortedMap<String, InputValue>> inputs = inputs(sets);
    Map<UsagePage.Place, Map<String, ApiCalls>> calls = calls(grain, rows);
    List<UsageRow> named = new ArrayList<>(rows.size());
    for (Row row : rows) {
      String profile = profiles.get(row.place().profile());
      String subject = subjects.get(row.place().subject());
      if (profile != null && subject != null) {
        named.add(
            new UsageRow(
                profile,
                subject,
                row.sequence(),
                Instant.ofEpochMilli(row.place().ended()),
                row.covered(),
                row.samples(),
                row.usage(),
                row.counters(),
                calls.getOrDefault(row.place(), Map.of()),
                inputs.getOrDefault(row.place().inputs(), Collections.emptySortedMap())));
      }
    }
    return named;
  }

  private static Set<Long> ids(List<Row> rows, ToLongFunction<UsagePage.Place> id) {
    Set<Long> ids = new HashSet<>();
    rows.forEach(row -> ids.add(id.applyAsLong(row.place())));
    return ids;
  }

  private Map<Long, String> names(String table, Set<Long> ids) throws SQLException {
    Map<Long, String> names = new HashMap<>();
    byId(
        "SELECT id, name FROM " + table + " WHERE id",
        ids,
        found -> names.put(found.getLong(1), found.getString(2)));
    return names;
  }

  private Map<Long, SortedMap<String, InputValue>> inputs(Set<Long> sets) throws SQLException {
    Map<Long, SortedMap<String, InputValue>> inputs = new HashMap<>();
    byId(
        "SELECT inputs, name, quantity, word, flag FROM series_input WHERE inputs",
        sets,
        found ->
            inputs
                .computeIfAbsent(found.getLong(1), _ -> new TreeMap<>())
                .put(found.getString(2), value(found)));
    return inputs;
  }

  /** What is done with one row of an answer. */
  @FunctionalInterface
  private interface Each {
    void take(ResultSet found) throws SQLException;
  }

  /** Reads by many numbers, one at a time or 64; the last one stands in for those that lack. */
  private void byId(String select, Set<Long> ids, Each each) throws SQLException {
    List<Long> all = List.copyOf(ids);
    int part = all.size() == 1 ? 1 : PART;
    String places = String.join(", ", Collections.nCopies(part, "?"));
    for (int from = 0; from < all.size(); from += part) {
      PreparedStatement query = prepared(select + " IN (" + places + ")");
      for (int i = 0; i < part; i++) {
        query.setLong(i + 1, all.get(Math.min(from + i, all.size() - 1)));
      }
      try (ResultSet found = query.executeQuery()) {
        while (found.next()) {
          each.take(found);
        }
      }
    }
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
  private Map<UsagePage.Place, Map<String, ApiCalls>> calls(Grain grain, List<Row> rows)
      throws SQLException {
    Map<UsagePage.Place, Map<String, ApiCalls>> calls = new HashMap<>();
    Map<Long, long[]> spans = new TreeMap<>();
    for (Row row : rows) {
      long ended = row.place().ended();
      long[] span = spans.computeIfAbsent(row.place().profile(), _ -> new long[] {ended, ended});
      span[0] = Math.min(span[0], ended);
      span[1] = Math.max(span[1], ended);
    }
    PreparedStatement query = prepared(SeriesTables.selectCalls(grain));
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
    return calls;
  }
}
