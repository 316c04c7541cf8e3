package dev.holdfast.store.kv;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.sqlite.SQLiteConfig;

/** How the file of an embedded store is made, opened and looked through. */
final class EmbeddedOpening {
  /** A file up to this size is looked through whenever it is opened: a second or two. */
  static final long CHECK_BYTES_MAX = 256L << 20;

  /** The pages that the log may have before they are brought into the file: some 4 MiB. */
  private static final int CHECKPOINT_PAGES = 1000;

  /** What is left of a log that had to grow larger, such as during a back-up. */
  private static final int LOG_BYTES_KEPT = 16 << 20;

  private static final int BUSY_MILLIS = 1000;

  /** Marks the file as ours: "HOLD". */
  private static final int APPLICATION = 0x484f4c44;

  /** Raised when the tables change. */
  private static final int VERSION = 2;

  private static final List<String> SCHEMA =
      List.of(
          "CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1),"
              + " revision INTEGER NOT NULL, compacted INTEGER NOT NULL)",
          "INSERT INTO head VALUES (1, 1, 0)",
          "CREATE TABLE present (key BLOB PRIMARY KEY, value BLOB NOT NULL,"
              + " created INTEGER NOT NULL, modified INTEGER NOT NULL, version INTEGER NOT NULL,"
              + " lease INTEGER, sum INTEGER NOT NULL)",
          "CREATE INDEX present_by_lease ON present (lease) WHERE lease IS NOT NULL",
          // A row without a value says that the key was deleted.
          "CREATE TABLE history (modified INTEGER NOT NULL, place INTEGER NOT NULL,"
              + " key BLOB NOT NULL, value BLOB, created INTEGER NOT NULL, version INTEGER NOT"
              + " NULL, sum INTEGER NOT NULL, PRIMARY KEY (modified, place))",
          "CREATE INDEX history_by_key ON history (key, modified)",
          "CREATE TABLE lease (id INTEGER PRIMARY KEY, seconds INTEGER NOT NULL,"
              + " expires_millis INTEGER NOT NULL)",
          "PRAGMA application_id = " + APPLICATION,
          "PRAGMA user_version = " + VERSION);

  // Every change is in the history, and the newest one stays there whatever is compacted.
  private static final String HEAD_IS_BEHIND =
      "SELECT count(*) <> 1 OR max(revision) < (SELECT coalesce(max(modified), 0) FROM history)"
          + " FROM head";

  private EmbeddedOpening() {}

  /**
   * Opens the file under its lock, and makes it where there is none.
   *
   * @throws StoreRefused when it is damaged, or no store of this version
   */
  static Connection connect(Path path) throws IOException, SQLException {
    Path log = log(path);
    if (Files.exists(log) && !Files.exists(path)) {
      throw new StoreRefused(
          "%s is there and %s is not, such as after a restore that was cut short. Restore a back-up."
              .formatted(log, path));
    }
    WalFile.damage(log)
        .ifPresent(
            why -> {
              throw damaged(path, why);
            });
    create(path);
    Connection connection = configured().createConnection("jdbc:sqlite:" + path);
    try {
      prepare(path, connection);
      return connection;
    } catch (IOException | SQLException | RuntimeException e) {
      try {
        connection.close();
      } catch (SQLException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private static SQLiteConfig configured() {
    var config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    // With a log, FULL means: on the disk before a commit returns.
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(BUSY_MILLIS);
    config.setJournalSizeLimit(LOG_BYTES_KEPT);
    return config;
  }

  /** An empty file that its owner only can read. */
  static void create(Path path) throws IOException {
    try {
      Files.createFile(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException _) {
      return;
    }
    syncFolder(path);
  }

  /** Makes the names in a file's folder durable. */
  static void syncFolder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      sync(folder);
    }
  }

  /** Makes a file, or the names in a folder, durable. */
  static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void prepare(Path path, Connection connection) throws IOException, SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA cell_size_check = ON");
      statement.execute("PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
      // What a log that was cut short still holds must not be taken for more of a later one.
      statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
      requireIs(path, statement, "journal_mode", "wal");
      requireIs(path, statement, "synchronous", "2");
      if (one(statement, "SELECT count(*) FROM sqlite_master").equals("0")) {
        statement.execute("BEGIN IMMEDIATE");
        for (String sql : SCHEMA) {
          statement.execute(sql);
        }
        statement.execute("COMMIT");
        return;
      }
    }
    damage(connection, Files.size(path) <= CHECK_BYTES_MAX)
        .ifPresent(
            why -> {
              throw damaged(path, why);
            });
  }

  /**
   * Looks through an open store.
   *
   * @param wholly whether to read every page and row, and not only what stands first
   * @return what is wrong; empty where nothing was found
   * @throws SQLException where it is so damaged that it cannot be read, or on other failures
   */
  static Optional<String> damage(Connection connection, boolean wholly) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      if (!one(statement, "PRAGMA application_id").equals("" + APPLICATION)
          || !one(statement, "PRAGMA user_version").equals("" + VERSION)) {
        return Optional.of("it is no store of this version of Holdfast");
      }
      if (one(statement, HEAD_IS_BEHIND).equals("1")) {
        return Optional.of("its revision is behind that of its rows");
      }
      if (!wholly) {
        return Optional.empty();
      }
      String found = one(statement, "PRAGMA integrity_check(1)");
      if (!found.equals("ok")) {
        return Optional.of(found);
      }
      Optional<String> present = wrongSum(statement, EmbeddedFile.PRESENT);
      return present.isPresent() ? present : wrongSum(statement, EmbeddedFile.HISTORY);
    }
  }

  private static Optional<String> wrongSum(Statement statement, String rows) throws SQLException {
    try (ResultSet found = statement.executeQuery(rows)) {
      while (found.next()) {
        if (!EmbeddedFile.sound(found)) {
          return Optional.of("a row of revision %d is not what it was".formatted(found.getLong(4)));
        }
      }
    }
    return Optional.empty();
  }

  private static void requireIs(Path path, Statement statement, String pragma, String wanted)
      throws SQLException {
    String is = one(statement, "PRAGMA " + pragma);
    if (!is.equals(wanted)) {
      throw new StoreRefused(
          "%s: SQLite's %s is %s and not %s here. Use a local file system."
              .formatted(path, pragma, is, wanted));
    }
  }

  static String one(Statement statement, String sql) throws SQLException {
    try (ResultSet found = statement.executeQuery(sql)) {
      return found.next() ? String.valueOf(found.getString(1)) : "";
    }
  }

  static StoreRefused damaged(Path path, String why) {
    return new StoreRefused(
        "%s is damaged: %s. Restore a back-up (holdfast store restore).".formatted(path, why));
  }

  static Path log(Path path) {
    return path.resolveSibling(path.getFileName() + "-wal");
  }
}
