package dev.holdfast.store.kv;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The SQLite file of the embedded store: its tables and statements. Used by one thread at a time.
 */
final class EmbeddedFile implements AutoCloseable {
  /** The most revisions read for a watch at once. */
  private static final int BATCH_REVISIONS = 64;

  /** Every row as it is, in the columns that {@link #row} reads. */
  static final String PRESENT =
      "SELECT key, value, created, modified, version, lease, sum FROM present";

  /** Every row as it once was, in the same columns. */
  static final String HISTORY =
      "SELECT key, value, created, modified, version, NULL AS lease, sum FROM history";

  private final StoreLock lock;
  private final Connection connection;
  private final Map<String, PreparedStatement> statements = new HashMap<>();
  // Known without asking, because nobody else writes.
  private Head head;
  private boolean broken;

  private EmbeddedFile(StoreLock lock, Connection connection) throws SQLException {
    this.lock = lock;
    this.connection = connection;
    this.head = readHead();
  }

  /** Something done with the file. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws SQLException;
  }

  /** How far the store has come, and how far back it remembers. */
  record Head(long revision, long compacted) {}

  /**
   * Opens the file, and makes it where there is none.
   *
   * @throws StoreUnavailable when another process has it open, or it cannot be opened
   * @throws StoreRefused when it is damaged
   */
  static EmbeddedFile open(Path path) {
    StoreLock lock = StoreLock.take(path);
    try {
      return new EmbeddedFile(lock, EmbeddedOpening.connect(path));
    } catch (IOException | SQLException e) {
      closeQuietly(lock, e);
      throw isDamage(e)
          ? EmbeddedOpening.damaged(path, String.valueOf(e.getMessage()))
          : new StoreUnavailable("cannot open " + path, e);
    } catch (RuntimeException e) {
      closeQuietly(lock, e);
      throw e;
    }
  }

  private static void closeQuietly(StoreLock lock, Exception why) {
    try {
      lock.close();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /** Whether SQLite says that the file is not what it should be. */
  static boolean isDamage(Exception failure) {
    return failure instanceof SQLiteException sqlite
        && ((sqlite.getResultCode().code & 0xff) == SQLiteErrorCode.SQLITE_CORRUPT.code
            || sqlite.getResultCode() == SQLiteErrorCode.SQLITE_NOTADB);
  }

  Head head() throws SQLException {
    if (broken) {
      throw new SQLException("an earlier transaction could not be undone; open the store again");
    }
    return head;
  }

  private Head readHead() throws SQLException {
    try (ResultSet found = statement("SELECT revision, compacted FROM head").executeQuery()) {
      if (!found.next()) {
        throw new SQLException("the store has no head row");
      }
      return new Head(found.getLong(1), found.getLong(2));
    }
  }

  /** Does all of the work or none of it, durably. */
  <T> T transaction(Work<T> work) throws SQLException {
    Head before = head;
    execute("BEGIN IMMEDIATE");
    T result;
    try {
      result = work.run();
    } catch (SQLException | RuntimeException e) {
      undo(before, e);
      if (e instanceof SQLiteException full
          && full.getResultCode() == SQLiteErrorCode.SQLITE_FULL) {
        throw new StoreRefused("the disk of the embedded store is full; nothing was changed", e);
      }
      throw e;
    }
    try {
      execute("COMMIT");
    } catch (SQLException e) {
      undo(before, e);
      // What reached the disk shows only when the log is read again.
      broken = true;
      throw new OutcomeUnknown("the embedded store failed while it committed", e);
    }
    return result;
  }

  private void undo(Head before, Exception why) {
    head = before;
    try {
      execute("ROLLBACK");
    } catch (SQLException e) {
      broken = true;
      why.addSuppressed(e);
    }
  }

  private void execute(String sql) throws SQLException {
    statement(sql).execute();
  }

  private PreparedStatement statement(String sql) throws SQLException {
    PreparedStatement found = statements.get(sql);
    if (found == null) {
      found = connection.prepareStatement(sql);
      statements.put(sql, found);
    }
    return found;
  }

  Optional<Row> row(Key key) throws SQLException {
    PreparedStatement query = statement(PRESENT + " WHERE key = ?");
    query.setBytes(1, key.bytes().toByteArray());
    List<Row> rows = rows(query);
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.getFirst());
  }

  List<Row> rows(KeyRange range, int limit) throws SQLException {
    PreparedStatement query =
        statement(PRESENT + " WHERE key >= ?" + end(range) + " ORDER BY key LIMIT ?");
    int next = bind(query, 1, range);
    query.setInt(next, limit);
    return rows(query);
  }

  List<Row> rowsAt(KeyRange range, long revision, int limit) throws SQLException {
    PreparedStatement query =
        statement(
            HISTORY
                + " AS h WHERE value IS NOT NULL AND modified = (SELECT max(modified) FROM"
                + " history WHERE key = h.key AND modified <= ?) AND key >= ?"
                + end(range)
                + " ORDER BY key LIMIT ?");
    query.setLong(1, revision);
    int next = bind(query, 2, range);
    query.setInt(next, limit);
    return rows(query);
  }

  private static String end(KeyRange range) {
    return range.end().isPresent() ? " AND key < ?" : "";
  }

  private static int bind(PreparedStatement query, int first, KeyRange range) throws SQLException {
    query.setBytes(first, range.from().bytes().toByteArray());
    if (range.end().isEmpty()) {
      return first + 1;
    }
    query.setBytes(first + 1, range.end().get().bytes().toByteArray());
    return first + 2;
  }

  private static List<Row> rows(PreparedStatement query) throws SQLException {
    var rows = new ArrayList<Row>();
    try (ResultSet found = query.executeQuery()) {
      while (found.next()) {
        requireSound(found);
        rows.add(row(found));
      }
    }
    return rows;
  }

  /** Whether a row of {@link #PRESENT} or {@link #HISTORY} is what was written. */
  static boolean sound(ResultSet found) throws SQLException {
    return found.getLong(7)
        == RowSum.of(
            found.getBytes(1),
            found.getBytes(2),
            found.getLong(3),
            found.getLong(4),
            found.getLong(5),
            found.getLong(6));
  }

  private static void requireSound(ResultSet found) throws SQLException {
    if (!sound(found)) {
      throw new StoreRefused(
          "a row of revision %d of the embedded store is not what was written: its disk or file is"
                  .formatted(found.getLong(4))
              + " damaged. Restore a back-up (holdfast store restore).");
    }
  }

  private static Row row(ResultSet found) throws SQLException {
    return new Row(
        new Key(ByteString.copyFrom(found.getBytes(1))),
        new Value(ByteString.copyFrom(found.getBytes(2))),
        found.getLong(3),
        found.getLong(4),
        found.getLong(5));
  }

  Set<Key> leased(KeyRange range) throws SQLException {
    PreparedStatement query =
        statement("SELECT key FROM present WHERE lease IS NOT NULL AND key >= ?" + end(range));
    bind(query, 1, range);
    var keys = new HashSet<Key>();
    try (ResultSet found = query.executeQuery()) {
      while (found.next()) {
        keys.add(new Key(ByteString.copyFrom(found.getBytes(1))));
      }
    }
    return keys;
  }

  void put(Row row, int place, Optional<LeaseId> lease) throws SQLException {
    byte[] key = row.key().bytes().toByteArray();
    byte[] value = row.value().bytes().toByteArray();
    PreparedStatement present =
        statement("INSERT OR REPLACE INTO present VALUES (?, ?, ?, ?, ?, ?, ?)");
    present.setBytes(1, key);
    present.setBytes(2, value);
    present.setLong(3, row.createRevision());
    present.setLong(4, row.modRevision());
    present.setLong(5, row.version());
    if (lease.isPresent()) {
      present.setLong(6, lease.get().number());
    } else {
      present.setNull(6, java.sql.Types.INTEGER);
    }
    present.setLong(7, sum(row, key, value, lease.map(LeaseId::number).orElse(0L)));
    present.executeUpdate();
    PreparedStatement history = statement("INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?)");
    history.setLong(1, row.modRevision());
    history.setInt(2, place);
    history.setBytes(3, key);
    history.setBytes(4, value);
    history.setLong(5, row.createRevision());
    history.setLong(6, row.version());
    history.setLong(7, sum(row, key, value, 0));
    history.executeUpdate();
  }

  private static long sum(Row row, byte[] key, byte[] value, long lease) {
    return RowSum.of(key, value, row.createRevision(), row.modRevision(), row.version(), lease);
  }

  void delete(Key key, long revision, int place) throws SQLException {
    PreparedStatement present = statement("DELETE FROM present WHERE key = ?");
    present.setBytes(1, key.bytes().toByteArray());
    present.executeUpdate();
    PreparedStatement history = statement("INSERT INTO history VALUES (?, ?, ?, NULL, 0, 0, ?)");
    history.setLong(1, revision);
    history.setInt(2, place);
    history.setBytes(3, key.bytes().toByteArray());
    history.setLong(4, RowSum.of(key.bytes().toByteArray(), null, 0, revision, 0, 0));
    history.executeUpdate();
  }

  void advance(long revision) throws SQLException {
    PreparedStatement update = statement("UPDATE head SET revision = ?");
    update.setLong(1, revision);
    update.executeUpdate();
    head = new Head(revision, head.compacted());
  }

  /** What changed in the range from a revision on, for a batch of revisions. */
  List<Watch.Changed> changes(KeyRange range, long from) throws SQLException {
    String where = " WHERE modified >= ? AND key >= ?" + end(range);
    PreparedStatement query =
        statement(
            HISTORY
                + where
                + " AND modified IN (SELECT DISTINCT modified FROM history"
                + where
                + " ORDER BY modified LIMIT "
                + BATCH_REVISIONS
                + ") ORDER BY modified, place");
    query.setLong(1, from);
    int next = bind(query, 2, range);
    query.setLong(next, from);
    bind(query, next + 1, range);
    var events = new ArrayList<Watch.Changed>();
    var changes = new ArrayList<Change>();
    long current = 0;
    try (ResultSet found = query.executeQuery()) {
      while (found.next()) {
        requireSound(found);
        long revision = found.getLong(4);
        if (revision != current && !changes.isEmpty()) {
          events.add(new Watch.Changed(current, changes));
          changes.clear();
        }
        current = revision;
        changes.add(
            found.getBytes(2) == null
                ? new Change.Deleted(new Key(ByteString.copyFrom(found.getBytes(1))), revision)
                : new Change.Put(row(found)));
      }
    }
    if (!changes.isEmpty()) {
      events.add(new Watch.Changed(current, changes));
    }
    return events;
  }

  /** Forgets what was replaced before a revision; the changes of the revision itself stay. */
  Head compact(long revision) throws SQLException {
    // What was replaced by a change up to the last compaction is gone already.
    PreparedStatement replaced =
        statement(
            "DELETE FROM history WHERE rowid IN (SELECT earlier.rowid FROM history AS later JOIN"
                + " history AS earlier ON earlier.key = later.key AND earlier.modified <"
                + " later.modified WHERE later.modified > ? AND later.modified <= ?)");
    replaced.setLong(1, head.compacted());
    replaced.setLong(2, revision);
    replaced.executeUpdate();
    PreparedStatement deleted =
        statement("DELETE FROM history WHERE modified >= ? AND modified < ? AND value IS NULL");
    deleted.setLong(1, head.compacted());
    deleted.setLong(2, revision);
    deleted.executeUpdate();
    PreparedStatement update = statement("UPDATE head SET compacted = ?");
    update.setLong(1, revision);
    update.executeUpdate();
    head = new Head(head.revision(), revision);
    return head;
  }

  void putLease(LeaseId id, long seconds, Instant expires) throws SQLException {
    PreparedStatement put = statement("INSERT OR REPLACE INTO lease VALUES (?, ?, ?)");
    put.setLong(1, id.number());
    put.setLong(2, seconds);
    put.setLong(3, expires.toEpochMilli());
    put.executeUpdate();
  }

  void deleteLease(LeaseId id) throws SQLException {
    PreparedStatement delete = statement("DELETE FROM lease WHERE id = ?");
    delete.setLong(1, id.number());
    delete.executeUpdate();
  }

  OptionalLong leaseSeconds(LeaseId id) throws SQLException {
    PreparedStatement query = statement("SELECT seconds FROM lease WHERE id = ?");
    query.setLong(1, id.number());
    try (ResultSet found = query.executeQuery()) {
      return found.next() ? OptionalLong.of(found.getLong(1)) : OptionalLong.empty();
    }
  }

  List<Key> keysOf(LeaseId id) throws SQLException {
    PreparedStatement query = statement("SELECT key FROM present WHERE lease = ? ORDER BY key");
    query.setLong(1, id.number());
    var keys = new ArrayList<Key>();
    try (ResultSet found = query.executeQuery()) {
      while (found.next()) {
        keys.add(new Key(ByteString.copyFrom(found.getBytes(1))));
      }
    }
    return keys;
  }

  List<LeaseId> expired(Instant now) throws SQLException {
    PreparedStatement query =
        statement("SELECT id FROM lease WHERE expires_millis <= ? ORDER BY expires_millis, id");
    query.setLong(1, now.toEpochMilli());
    var ids = new ArrayList<LeaseId>();
    try (ResultSet found = query.executeQuery()) {
      while (found.next()) {
        ids.add(new LeaseId(found.getLong(1)));
      }
    }
    return ids;
  }

  /** When the next lease runs out; the end of time when there is none. */
  Instant nextExpiry() throws SQLException {
    try (ResultSet found = statement("SELECT min(expires_millis) FROM lease").executeQuery()) {
      found.next();
      long millis = found.getLong(1);
      return found.wasNull() ? Instant.MAX : Instant.ofEpochMilli(millis);
    }
  }

  @Override
  public void close() {
    try (lock) {
      for (PreparedStatement statement : statements.values()) {
        statement.close();
      }
      connection.close();
    } catch (SQLException e) {
      throw new StoreUnavailable("cannot close the embedded store", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the embedded store's lock", e);
    }
  }
}
