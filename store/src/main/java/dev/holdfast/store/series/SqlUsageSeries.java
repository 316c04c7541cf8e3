package dev.holdfast.store.series;

import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The series in an SQL database: the same statements on either engine. */
final class SqlUsageSeries implements UsageSeries {
  private static final int FORGET_PROFILES = 64;
  private static final int FORGET_ROWS = FORGET_MAX / FORGET_PROFILES;

  private final Database database;
  private final boolean adopting;

  /**
   * Those of SQLite, whose driver keeps no statements; one for each of its few connections. That of
   * PostgreSQL keeps its own, and the pool closes what a reader leaves open.
   */
  private final Map<Connection, RowReader> readers = new ConcurrentHashMap<>();

  /** Takes the database over, and closes it if its tables cannot be made. */
  SqlUsageSeries(Database database) {
    this.database = database;
    try {
      new SeriesSchema(database).prepare();
      this.adopting = database.read("look for profiles", SqlUsageSeries::nameless);
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  /** Whether there are profiles of which only the name is known. */
  private static boolean nameless(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery("SELECT 1 FROM series_profile WHERE image = '' LIMIT 1")) {
      return found.next();
    }
  }

  @Override
  public List<ProfiledSample> append(List<ProfiledSample> batch) {
    if (batch.size() > BATCH_MAX) {
      throw new IllegalArgumentException("a batch has up to %d samples".formatted(BATCH_MAX));
    }
    if (batch.isEmpty()) {
      return List.of();
    }
    List<SampleWriter.Named> named = batch.stream().map(SampleWriter.Named::of).toList();
    return database.write("append", c -> new SampleWriter(c, adopting).write(named)).stream()
        .map(batch::get)
        .toList();
  }

  @Override
  public long acknowledged(String subject) {
    return database.read(
        "read a watermark",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement("SELECT sequence FROM series_subject WHERE name = ?")) {
            query.setString(1, subject);
            try (ResultSet found = query.executeQuery()) {
              return found.next() ? found.getLong(1) : 0L;
            }
          }
        });
  }

  private RowReader reader(Connection connection) {
    return database.engine() == Database.Engine.SQLITE
        ? readers.computeIfAbsent(connection, RowReader::new)
        : new RowReader(connection);
  }

  @Override
  public UsagePage read(UsageQuery query, Optional<UsagePage.Place> after, int limit) {
    requireLimit(limit);
    return database.read("read usage", c -> reader(c).page(query, after, limit));
  }

  @Override
  public List<UsageSample> latest(String profile, Grain grain, Instant until, int limit) {
    requireLimit(limit);
    return database
        .read("read samples", c -> reader(c).newest(profile, grain, until.toEpochMilli(), limit))
        .reversed()
        .stream()
        .map(UsageRow::sample)
        .toList();
  }

  @Override
  public List<SeriesProfile> profiles(String after, int limit) {
    requireLimit(limit);
    return database.read(
        "list profiles",
        connection -> {
          List<SeriesProfile> profiles = new ArrayList<>();
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT name, tenant, image, user_name FROM series_profile"
                      + " WHERE name > ? AND image <> '' ORDER BY name LIMIT ?")) {
            query.setString(1, after);
            query.setInt(2, limit);
            try (ResultSet found = query.executeQuery()) {
              while (found.next()) {
                String user = found.getString(4);
                profiles.add(
                    new SeriesProfile(
                        found.getString(1),
                        new ProfileKey(
                            new TenantName(found.getString(2)),
                            ImageName.parse(found.getString(3)),
                            user.isEmpty() ? Optional.empty() : Optional.of(user))));
              }
            }
          }
          return profiles;
        });
  }

  @Override
  public int fold(Instant until, int slots) {
    if (slots < 1 || slots > SLOTS_MAX) {
      throw new IllegalArgumentException("1 to %d are folded at once".formatted(SLOTS_MAX));
    }
    return database.write("fold", connection -> new Folder(connection).fold(until, slots));
  }

  @Override
  public int forget(Grain grain, Instant before) {
    List<Long> profiles =
        database.read(
            "look for old rows",
            connection -> {
              List<Long> ids = new ArrayList<>();
              try (PreparedStatement query =
                  connection.prepareStatement(SeriesTables.selectOld(grain, FORGET_PROFILES))) {
                query.setLong(1, before.toEpochMilli());
                try (ResultSet found = query.executeQuery()) {
                  while (found.next()) {
                    ids.add(found.getLong(1));
                  }
                }
              }
              return ids;
            });
    return profiles.isEmpty()
        ? 0
        : database.write("forget", connection -> forget(connection, grain, profiles, before));
  }

  private static int forget(Connection connection, Grain grain, List<Long> profiles, Instant before)
      throws SQLException {
    int forgotten = 0;
    for (long profile : profiles) {
      long until;
      try (PreparedStatement query =
          connection.prepareStatement(SeriesTables.selectOldest(grain, FORGET_ROWS))) {
        query.setLong(1, profile);
        query.setLong(2, before.toEpochMilli());
        try (ResultSet found = query.executeQuery()) {
          if (!found.next() || found.getObject(1) == null) {
            continue;
          }
          until = found.getLong(1);
        }
      }
      int rows = 0;
      for (String sql : SeriesTables.delete(grain)) {
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
          delete.setLong(1, profile);
          delete.setLong(2, until);
          rows = delete.executeUpdate();
        }
      }
      forgotten += rows;
    }
    return forgotten;
  }

  @Override
  public int forgetNames(Instant before) {
    return forgetNames("series_subject", before) + forgetNames("series_inputs", before);
  }

  private int forgetNames(String table, Instant before) {
    List<Long> ids =
        database.read(
            "look for old names",
            connection -> {
              List<Long> found = new ArrayList<>();
              try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT id FROM " + table + " WHERE used < ? ORDER BY id LIMIT ?")) {
                query.setLong(1, before.toEpochMilli());
                query.setInt(2, FORGET_MAX);
                try (ResultSet rows = query.executeQuery()) {
                  while (rows.next()) {
                    found.add(rows.getLong(1));
                  }
                }
              }
              return found;
            });
    return ids.isEmpty()
        ? 0
        : database.write("forget names", connection -> forget(connection, table, ids, before));
  }

  private static int forget(Connection connection, String table, List<Long> ids, Instant before)
      throws SQLException {
    int forgotten = 0;
    try (PreparedStatement name =
            connection.prepareStatement("DELETE FROM " + table + " WHERE id = ? AND used < ?");
        PreparedStatement values =
            connection.prepareStatement("DELETE FROM series_input WHERE inputs = ?")) {
      for (long id : ids) {
        name.setLong(1, id);
        name.setLong(2, before.toEpochMilli());
        if (name.executeUpdate() == 1) {
          forgotten++;
          if (table.equals("series_inputs")) {
            values.setLong(1, id);
            values.executeUpdate();
          }
        }
      }
    }
    return forgotten;
  }

  @Override
  public Optional<Instant> importedThrough(String name) {
    return database.read(
        "read an import",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement("SELECT through FROM series_import WHERE name = ?")) {
            query.setString(1, name);
            try (ResultSet found = query.executeQuery()) {
              return found.next()
                  ? Optional.of(Instant.ofEpochMilli(found.getLong(1)))
                  : Optional.empty();
            }
          }
        });
  }

  @Override
  public void importedThrough(String name, Instant through) {
    database.write(
        "note an import",
        connection -> {
          try (PreparedStatement put =
              connection.prepareStatement(
                  "INSERT INTO series_import (name, through) VALUES (?, ?)"
                      + " ON CONFLICT (name) DO UPDATE SET through = excluded.through"
                      + " WHERE series_import.through < excluded.through")) {
            put.setString(1, name);
            put.setLong(2, through.toEpochMilli());
            return put.executeUpdate();
          }
        });
  }

  private static void requireLimit(int limit) {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("a limit is 1 to %d, not %d".formatted(LIMIT_MAX, limit));
    }
  }

  @Override
  public void close() {
    database.close();
  }
}
