package dev.holdfast.store.series;

import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.store.kv.StoreUnavailable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.sqlite.SQLiteConfig;

/**
 * The usage samples of every subject, in one SQLite file of its own.
 *
 * <p>What {@link #append} has returned for survives the death of the process. Times are kept to the
 * millisecond. One lock orders all calls, from any thread; each ends or fails within its deadline.
 */
public final class UsageSeries implements AutoCloseable {
  /** The most samples appended at once. */
  public static final int BATCH_MAX = 1000;

  /** The most samples read at once. */
  public static final int LIMIT_MAX = 100_000;

  /** The most samples that one call of {@link #forget} deletes. */
  public static final int FORGET_MAX = 10_000;

  /** The longest key of a profile, in characters. */
  public static final int PROFILE_MAX = 512;

  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private static final List<String> SCHEMA =
      List.of(
          "CREATE TABLE IF NOT EXISTS name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",
          "CREATE TABLE IF NOT EXISTS watermark (subject INTEGER PRIMARY KEY,"
              + " sequence INTEGER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS sample (subject INTEGER NOT NULL, sequence INTEGER NOT NULL,"
              + " profile INTEGER NOT NULL, ended INTEGER NOT NULL, period INTEGER NOT NULL,"
              + " body BLOB NOT NULL, PRIMARY KEY (subject, sequence)) WITHOUT ROWID",
          "CREATE INDEX IF NOT EXISTS sample_by_profile ON sample (profile, ended)",
          "CREATE INDEX IF NOT EXISTS sample_by_time ON sample (ended)");

  private final ReentrantLock lock = new ReentrantLock(true);
  private final Connection connection;
  private final Map<String, PreparedStatement> statements = new HashMap<>();
  private boolean closed;

  private UsageSeries(Connection connection) throws SQLException {
    this.connection = connection;
    try (Statement statement = connection.createStatement()) {
      for (String sql : SCHEMA) {
        statement.execute(sql);
      }
    }
  }

  /**
   * Opens the series, and makes it when there is none; only its owner can read a new one.
   *
   * @throws StoreUnavailable when the file cannot be opened
   */
  public static UsageSeries open(Path path) {
    try {
      if (!Files.exists(path)) {
        Files.createFile(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      var config = new SQLiteConfig();
      config.setJournalMode(SQLiteConfig.JournalMode.WAL);
      config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
      config.setBusyTimeout(1000);
      return new UsageSeries(config.createConnection("jdbc:sqlite:" + path));
    } catch (IOException | SQLException e) {
      throw new StoreUnavailable("cannot open the usage series " + path, e);
    }
  }

  /**
   * Keeps samples of one profile. One whose subject and sequence are known already changes nothing.
   *
   * @param profile what they count for, 1 to {@link #PROFILE_MAX} characters
   * @param samples up to {@link #BATCH_MAX}, of any subjects; all are kept, or none
   * @return how many were new
   */
  public int append(String profile, List<UsageSample> samples) {
    requireProfile(profile);
    if (samples.size() > BATCH_MAX) {
      throw new IllegalArgumentException("a batch has up to %d samples".formatted(BATCH_MAX));
    }
    return alone(
        "append",
        () -> {
          execute("BEGIN IMMEDIATE");
          try {
            long profileId = name(profile);
            int added = 0;
            for (UsageSample sample : samples) {
              added += insert(profileId, sample);
            }
            execute("COMMIT");
            return added;
          } catch (SQLException | RuntimeException e) {
            rollback(e);
            throw e;
          }
        });
  }

  private int insert(long profile, UsageSample sample) throws SQLException {
    long subject = name(sample.subject());
    PreparedStatement put = statement("INSERT OR IGNORE INTO sample VALUES (?, ?, ?, ?, ?, ?)");
    put.setLong(1, subject);
    put.setLong(2, sample.sequence());
    put.setLong(3, profile);
    put.setLong(4, sample.endedAt().toEpochMilli());
    put.setLong(5, sample.period().toMillis());
    put.setBytes(6, SampleRows.body(sample));
    int added = put.executeUpdate();
    PreparedStatement mark =
        statement(
            "INSERT INTO watermark VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET"
                + " sequence = max(sequence, excluded.sequence)");
    mark.setLong(1, subject);
    mark.setLong(2, sample.sequence());
    mark.executeUpdate();
    return added;
  }

  /** The id of a name, made when it is new. */
  private long name(String text) throws SQLException {
    PreparedStatement put = statement("INSERT OR IGNORE INTO name (text) VALUES (?)");
    put.setString(1, text);
    put.executeUpdate();
    PreparedStatement get = statement("SELECT id FROM name WHERE text = ?");
    get.setString(1, text);
    try (ResultSet found = get.executeQuery()) {
      found.next();
      return found.getLong(1);
    }
  }

  /** The highest sequence kept of a subject, forgotten samples included; 0: none ever was. */
  public long acknowledged(String subject) {
    return alone(
        "read a watermark",
        () -> {
          PreparedStatement query =
              statement(
                  "SELECT sequence FROM watermark JOIN name ON name.id = watermark.subject"
                      + " WHERE text = ?");
          query.setString(1, subject);
          try (ResultSet found = query.executeQuery()) {
            return found.next() ? found.getLong(1) : 0L;
          }
        });
  }

  /**
   * Reads samples of a profile in the order in which they ended.
   *
   * @param from the earliest end, included
   * @param to the latest end, excluded
   * @param limit 1 to {@link #LIMIT_MAX}: the earliest so many
   */
  public List<UsageSample> between(String profile, Instant from, Instant to, int limit) {
    requireLimit(limit);
    return alone(
        "read samples",
        () -> {
          PreparedStatement query =
              statement(
                  SELECT
                      + " AND ended >= ? AND ended < ? ORDER BY ended, subject, sequence LIMIT ?");
          query.setString(1, profile);
          query.setLong(2, from.toEpochMilli());
          query.setLong(3, to.toEpochMilli());
          query.setInt(4, limit);
          return samples(query);
        });
  }

  /** Reads the newest samples of a profile, oldest first; 1 to {@link #LIMIT_MAX}. */
  public List<UsageSample> latest(String profile, int limit) {
    requireLimit(limit);
    List<UsageSample> newestFirst =
        alone(
            "read samples",
            () -> {
              PreparedStatement query =
                  statement(
                      SELECT + " ORDER BY ended DESC, sample.subject DESC, sequence DESC LIMIT ?");
              query.setString(1, profile);
              query.setInt(2, limit);
              return samples(query);
            });
    var ordered = new ArrayList<>(newestFirst);
    Collections.reverse(ordered);
    return ordered;
  }

  private static final String SELECT =
      "SELECT of.text, sequence, ended, period, body FROM sample"
          + " JOIN name AS of ON of.id = sample.subject"
          + " WHERE profile = (SELECT id FROM name WHERE text = ?)";

  private static List<UsageSample> samples(PreparedStatement query) throws SQLException {
    var samples = new ArrayList<UsageSample>();
    try (ResultSet found = query.executeQuery()) {
      while (found.next()) {
        samples.add(
            SampleRows.sample(
                found.getString(1),
                found.getLong(2),
                Instant.ofEpochMilli(found.getLong(3)),
                Duration.ofMillis(found.getLong(4)),
                found.getBytes(5)));
      }
    }
    return samples;
  }

  /**
   * Forgets the oldest samples that ended before a time, {@link #FORGET_MAX} at most; watermarks
   * stay, so that none is counted again.
   *
   * @return how many were forgotten; as many as the most means that there may be more
   */
  public int forget(Instant before) {
    return alone(
        "forget samples",
        () -> {
          PreparedStatement delete =
              statement(
                  "DELETE FROM sample WHERE (subject, sequence) IN (SELECT subject, sequence FROM"
                      + " sample WHERE ended < ? ORDER BY ended LIMIT "
                      + FORGET_MAX
                      + ")");
          delete.setLong(1, before.toEpochMilli());
          return delete.executeUpdate();
        });
  }

  private static void requireProfile(String profile) {
    if (profile.isEmpty() || profile.length() > PROFILE_MAX) {
      throw new IllegalArgumentException("a profile's key has 1 to 512 characters");
    }
  }

  private static void requireLimit(int limit) {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("a limit is 1 to %d, not %d".formatted(LIMIT_MAX, limit));
    }
  }

  private void execute(String sql) throws SQLException {
    statement(sql).execute();
  }

  private void rollback(Exception why) {
    try {
      execute("ROLLBACK");
    } catch (SQLException e) {
      why.addSuppressed(e);
    }
  }

  private PreparedStatement statement(String sql) throws SQLException {
    PreparedStatement found = statements.get(sql);
    if (found == null) {
      found = connection.prepareStatement(sql);
      statements.put(sql, found);
    }
    return found;
  }

  /** Something done with the file. */
  @FunctionalInterface
  private interface Work<T> {
    T run() throws SQLException;
  }

  private <T> T alone(String what, Work<T> work) {
    boolean locked = false;
    try {
      locked = lock.tryLock(DEADLINE.toNanos(), TimeUnit.NANOSECONDS);
      if (!locked) {
        throw new StoreUnavailable("the usage series was too busy to " + what);
      }
      if (closed) {
        throw new IllegalStateException("the usage series is closed");
      }
      return work.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailable("interrupted before it could " + what, e);
    } catch (SQLException e) {
      throw new StoreUnavailable("the usage series could not " + what, e);
    } finally {
      if (locked) {
        lock.unlock();
      }
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        for (PreparedStatement statement : statements.values()) {
          statement.close();
        }
        connection.close();
      }
    } catch (SQLException e) {
      throw new StoreUnavailable("cannot close the usage series", e);
    } finally {
      lock.unlock();
    }
  }
}
