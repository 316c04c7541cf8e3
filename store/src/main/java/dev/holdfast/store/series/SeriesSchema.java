package dev.holdfast.store.series;

import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.store.kv.StoreUnavailable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes the tables, and brings those of an older schema to the present one. */
final class SeriesSchema {
  /** The present schema; that of the first release had no number. */
  static final int VERSION = 2;

  private static final int BATCH = 500;
  private static final long CHUNK_SAMPLES_MILLIS = Duration.ofDays(1).toMillis();
  private static final long CHUNK_BUCKETS_MILLIS = Duration.ofDays(30).toMillis();
  private static final Pattern OLD_PROFILE =
      Pattern.compile("tenants/([^/]{1,63})/resourceProfiles/.+");

  private final Database database;

  SeriesSchema(Database database) {
    this.database = database;
  }

  /** Makes what is missing. */
  void prepare() {
    database.write("make its tables", this::create);
    while (database.engine() == Database.Engine.SQLITE
        && database.write("be brought to the present schema", SeriesSchema::moveOldSamples)) {
      // The next part.
    }
  }

  private boolean create(Connection connection) throws SQLException {
    boolean sqlite = database.engine() == Database.Engine.SQLITE;
    String id = sqlite ? "INTEGER PRIMARY KEY" : "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
    String ending = sqlite ? " WITHOUT ROWID" : "";
    try (Statement statement = connection.createStatement()) {
      if (!sqlite) {
        // Two servers that start at once would both find a table missing.
        statement.execute("SELECT pg_advisory_xact_lock(hashtext('holdfast usage series'))");
      }
      statement.execute("CREATE TABLE IF NOT EXISTS series_schema (version BIGINT NOT NULL)");
      requireKnown(statement);
      for (String sql : named(id, ending)) {
        statement.execute(sql);
      }
      boolean hypertables = !sqlite && timescale(statement);
      for (Grain grain : Grain.values()) {
        for (String sql : SeriesTables.create(grain, ending)) {
          statement.execute(sql);
        }
        if (hypertables) {
          hypertable(statement, grain.usageTable(), grain);
          hypertable(statement, grain.callsTable(), grain);
        }
      }
      statement.execute(
          "INSERT INTO series_schema (version) SELECT %d WHERE NOT EXISTS (SELECT 1 FROM series_schema)"
              .formatted(VERSION));
    }
    return true;
  }

  private static void requireKnown(Statement statement) throws SQLException {
    try (ResultSet found = statement.executeQuery("SELECT max(version) FROM series_schema")) {
      if (found.next() && found.getLong(1) > VERSION) {
        throw new StoreUnavailable(
            "the usage series has schema %d, and this release knows %d: use a newer release"
                .formatted(found.getLong(1), VERSION));
      }
    }
  }

  private static List<String> named(String id, String ending) {
    return List.of(
        "CREATE TABLE IF NOT EXISTS series_profile (id %s, name TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, image TEXT NOT NULL, user_name TEXT NOT NULL)"
            .formatted(id),
        "CREATE INDEX IF NOT EXISTS series_profile_by_what ON series_profile (tenant, image,"
            + " user_name)",
        "CREATE TABLE IF NOT EXISTS series_subject (id %s, name TEXT NOT NULL UNIQUE, sequence BIGINT NOT NULL, used BIGINT NOT NULL)"
            .formatted(id),
        "CREATE TABLE IF NOT EXISTS series_inputs (id %s, name TEXT NOT NULL UNIQUE, used BIGINT NOT NULL)"
            .formatted(id),
        "CREATE TABLE IF NOT EXISTS series_input (inputs BIGINT NOT NULL, name TEXT NOT NULL,"
            + " quantity DOUBLE PRECISION, word TEXT, flag BIGINT, PRIMARY KEY (inputs, name))"
            + ending,
        "CREATE INDEX IF NOT EXISTS series_input_by_quantity ON series_input (name, quantity)",
        "CREATE INDEX IF NOT EXISTS series_input_by_word ON series_input (name, word)",
        "CREATE TABLE IF NOT EXISTS series_stale (grain BIGINT NOT NULL, ended BIGINT NOT NULL,"
            + " profile BIGINT NOT NULL, marks BIGINT NOT NULL, PRIMARY KEY (grain, ended,"
            + " profile))"
            + ending,
        "CREATE TABLE IF NOT EXISTS series_import (name TEXT NOT NULL PRIMARY KEY, through BIGINT"
            + " NOT NULL)"
            + ending);
  }

  private static boolean timescale(Statement statement) throws SQLException {
    try (ResultSet found =
        statement.executeQuery("SELECT 1 FROM pg_proc WHERE proname = 'create_hypertable'")) {
      return found.next();
    }
  }

  private static void hypertable(Statement statement, String table, Grain grain)
      throws SQLException {
    statement.execute(
        "SELECT create_hypertable('\"%s\"', 'ended', chunk_time_interval => %d, if_not_exists => TRUE, migrate_data => TRUE)"
            .formatted(table, grain == Grain.SAMPLE ? CHUNK_SAMPLES_MILLIS : CHUNK_BUCKETS_MILLIS));
  }

  private record OldSample(String profile, UsageSample sample) {}

  /** Moves some samples of the first schema; says whether there may be more. */
  private static boolean moveOldSamples(Connection connection) throws SQLException {
    if (!has(connection, "sample")) {
      return false;
    }
    List<OldSample> old = oldSamples(connection);
    if (old.isEmpty()) {
      finishMoving(connection);
      return false;
    }
    var writer = new SampleWriter(connection, false);
    List<SampleWriter.Named> named = new ArrayList<>();
    for (OldSample one : old) {
      Matcher tenant = OLD_PROFILE.matcher(one.profile());
      // What the profile is about is learnt when its next sample comes: its name is a hash.
      named.add(
          new SampleWriter.Named(
              one.profile(),
              tenant.matches() ? tenant.group(1) : "",
              Optional.empty(),
              one.sample()));
    }
    writer.write(named);
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM sample WHERE subject = (SELECT id FROM name WHERE text = ?) AND sequence ="
                + " ?")) {
      for (OldSample one : old) {
        delete.setString(1, one.sample().subject());
        delete.setLong(2, one.sample().sequence());
        delete.addBatch();
      }
      delete.executeBatch();
    }
    return true;
  }

  private static List<OldSample> oldSamples(Connection connection) throws SQLException {
    List<OldSample> old = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT p.text, s.text, sequence, ended, period, body FROM sample JOIN name AS p ON"
                    + " p.id = profile JOIN name AS s ON s.id = subject LIMIT "
                    + BATCH)) {
      while (found.next()) {
        old.add(
            new OldSample(
                found.getString(1),
                OldRows.sample(
                    found.getString(2),
                    found.getLong(3),
                    Instant.ofEpochMilli(found.getLong(4)),
                    Duration.ofMillis(found.getLong(5)),
                    found.getBytes(6))));
      }
    }
    return old;
  }

  /** Watermarks outlive their samples. */
  private static void finishMoving(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO series_subject (name, sequence, used) SELECT text, watermark.sequence, 0"
              + " FROM watermark JOIN name ON name.id = watermark.subject WHERE 1 = 1 ON CONFLICT"
              + " (name) DO UPDATE SET sequence = excluded.sequence WHERE excluded.sequence >"
              + " series_subject.sequence");
      for (String table : List.of("sample", "watermark", "name")) {
        statement.execute("DROP TABLE " + table);
      }
    }
  }

  private static boolean has(Connection connection, String table) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")) {
      query.setString(1, table);
      try (ResultSet found = query.executeQuery()) {
        return found.next();
      }
    }
  }
}
