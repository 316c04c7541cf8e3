package dev.holdfast.store.series;

import dev.holdfast.pam.model.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The tables that hold usage, one for each grain, and the statements on them. */
final class SeriesTables {
  /** What a row is known by. */
  private static final List<String> KEY = List.of("profile", "ended", "subject", "inputs");

  /** How the values of several rows become one. */
  private enum Merge {
    MEAN,
    PEAK,
    SUM
  }

  /**
   * A column of values.
   *
   * @param required whether each row has one
   */
  private record Column(String name, Merge merge, boolean required) {
    String type() {
      return name + " DOUBLE PRECISION" + (required ? " NOT NULL" : "");
    }

    String merged() {
      return switch (merge) {
        case MEAN -> "sum(" + name + " * covered) / sum(covered)";
        case PEAK -> "max(" + name + ")";
        case SUM -> "sum(" + name + ")";
      };
    }
  }

  private static final List<Column> COLUMNS = columns();

  private SeriesTables() {}

  private static List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    for (Resource resource : Resource.values()) {
      columns.add(new Column(name(resource), resource.isRate() ? Merge.MEAN : Merge.PEAK, true));
    }
    for (String counter : List.of("instructions", "cycles", "cache_misses", "branch_misses")) {
      columns.add(new Column(counter, Merge.SUM, false));
    }
    return List.copyOf(columns);
  }

  private static String name(Resource resource) {
    return resource.name().toLowerCase(Locale.ROOT);
  }

  private static String each(Function<Column, String> text) {
    return COLUMNS.stream().map(text).collect(Collectors.joining(", "));
  }

  /** Both tables of a grain. */
  static List<String> create(Grain grain, String ending) {
    String key =
        "profile BIGINT NOT NULL, ended BIGINT NOT NULL, subject BIGINT NOT NULL,"
            + " inputs BIGINT NOT NULL";
    return List.of(
        "CREATE TABLE IF NOT EXISTS %s (%s, sequence BIGINT NOT NULL, covered BIGINT NOT NULL, samples BIGINT NOT NULL, %s, PRIMARY KEY (%s))%s"
            .formatted(
                quoted(grain.usageTable()),
                key,
                each(Column::type),
                String.join(", ", KEY),
                ending),
        "CREATE TABLE IF NOT EXISTS %s (%s, method TEXT NOT NULL, calls DOUBLE PRECISION NOT NULL, errors DOUBLE PRECISION NOT NULL, PRIMARY KEY (%s, method))%s"
            .formatted(quoted(grain.callsTable()), key, String.join(", ", KEY), ending));
  }

  private static String quoted(String table) {
    return '"' + table + '"';
  }

  /** Key, sequence, period, then the values of all columns; one that is there already stays. */
  static String insertSample() {
    return "INSERT INTO %s (%s, sequence, covered, samples, %s) VALUES (?, ?, ?, ?, ?, ?, 1, %s) ON CONFLICT DO NOTHING"
        .formatted(
            quoted(Grain.SAMPLE.usageTable()),
            String.join(", ", KEY),
            each(Column::name),
            each(_ -> "?"));
  }

  /** Key, method, calls, errors. */
  static String insertCalls() {
    return "INSERT INTO %s (%s, method, calls, errors) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        .formatted(quoted(Grain.SAMPLE.callsTable()), String.join(", ", KEY));
  }

  /** Folds rows of one grain into another: profile, the time that they ended after, and until. */
  static List<String> fold(Grain from, Grain into) {
    String end = "((ended + %1$d - 1) / %1$d) * %1$d".formatted(into.millis());
    String usage = quoted(into.usageTable());
    String calls = quoted(into.callsTable());
    String where = " WHERE profile = ? AND ended > ? AND ended <= ?";
    return List.of(
        "INSERT INTO %s (%s, sequence, covered, samples, %s)"
                .formatted(usage, String.join(", ", KEY), each(Column::name))
            + " SELECT profile, %s, subject, inputs, max(sequence), sum(covered), sum(samples), %s FROM %s"
                .formatted(end, each(Column::merged), quoted(from.usageTable()))
            + where
            + " GROUP BY 1, 2, 3, 4 ON CONFLICT (%s) DO UPDATE SET sequence = excluded.sequence, covered = excluded.covered, samples = excluded.samples, %s WHERE excluded.samples >= %s.samples"
                .formatted(
                    String.join(", ", KEY),
                    each(column -> column.name() + " = excluded." + column.name()),
                    usage),
        "INSERT INTO %s (%s, method, calls, errors)".formatted(calls, String.join(", ", KEY))
            + " SELECT profile, %s, subject, inputs, method, sum(calls), sum(errors) FROM %s"
                .formatted(end, quoted(from.callsTable()))
            + where
            + " GROUP BY 1, 2, 3, 4, 5 ON CONFLICT (%s, method) DO UPDATE SET calls = excluded.calls, errors = excluded.errors WHERE excluded.calls >= %s.calls"
                .formatted(String.join(", ", KEY), calls));
  }

  /** Rows under the numbers of their names; a condition follows, beginning with AND. */
  static String select(Grain grain) {
    return "SELECT %s, sequence, covered, samples, %s FROM %s AS u WHERE 1 = 1"
        .formatted(String.join(", ", KEY), each(Column::name), quoted(grain.usageTable()));
  }

  /** Profile, subject, inputs, and a span of time. */
  static String selectCalls(Grain grain) {
    return "SELECT ended, subject, inputs, method, calls, errors FROM %s WHERE profile = ? AND ended >= ? AND ended <= ?"
        .formatted(quoted(grain.callsTable()));
  }

  /** Profiles with rows that ended before a time. */
  static String selectOld(Grain grain, int most) {
    return "SELECT id FROM series_profile WHERE EXISTS (SELECT 1 FROM %s WHERE profile = id AND ended < ?) LIMIT %d"
        .formatted(quoted(grain.usageTable()), most);
  }

  /** Profile, time, profile, time: the end of so many of its oldest rows before that time. */
  static String selectOldest(Grain grain, int most) {
    return "SELECT max(ended) FROM (SELECT ended FROM %s WHERE profile = ? AND ended < ? ORDER BY ended LIMIT %d) AS oldest"
        .formatted(quoted(grain.usageTable()), most);
  }

  /** Profile and time: the calls, then the usage, that ended by then, but for what is marked. */
  static List<String> delete(Grain grain) {
    String kept =
        Folder.marks(grain)
            .map(
                marks ->
                    " AND NOT EXISTS (SELECT 1 FROM series_stale AS m WHERE m.grain = %1$d AND m.ended = ((t.ended + %1$d - 1) / %1$d) * %1$d AND m.profile = t.profile)"
                        .formatted(marks.millis()))
            .orElse("");
    String delete = "DELETE FROM %s AS t WHERE profile = ? AND ended <= ?" + kept;
    return List.of(
        delete.formatted(quoted(grain.callsTable())), delete.formatted(quoted(grain.usageTable())));
  }
}
