package dev.holdfast.store.series;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import dev.holdfast.store.kv.StoreUnavailable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.Set;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;

/**
 * The SQL database beneath a series: connections, transactions, deadlines. The two engines differ
 * in what stands here and in {@link SeriesSchema}; everything else is the same SQL.
 */
final class Database implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final int SQLITE_READERS = 2;
  private static final int SQLITE_CACHE_KIB = 32 * 1024;
  private static final int PROGRESS_STEPS = 10_000;
  private static final int PASSWORD_BYTES_MAX = 4096;
  private static final int ATTEMPTS = 4;

  /** Serialization failure, and deadlock: PostgreSQL says to begin the transaction anew. */
  private static final Set<String> AGAIN = Set.of("40001", "40P01");

  private final Engine engine;
  private final HikariDataSource writers;
  private final HikariDataSource readers;

  private Database(Engine engine, HikariDataSource writers, HikariDataSource readers) {
    this.engine = engine;
    this.writers = writers;
    this.readers = readers;
  }

  /** The kinds of database. */
  enum Engine {
    SQLITE,
    POSTGRESQL
  }

  /** Something done on one connection. */
  @FunctionalInterface
  interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /** One file: one connection writes, others read beside it. */
  static Database sqlite(Path path) {
    try {
      if (!Files.exists(path)) {
        Files.createFile(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
    } catch (IOException e) {
      throw new StoreUnavailable("cannot open the usage series " + path, e);
    }
    HikariDataSource writer =
        open("usage-writer", sqlite(path, SQLiteConfig.TransactionMode.IMMEDIATE), 1, false);
    try {
      HikariDataSource readers =
          open(
              "usage-readers",
              sqlite(path, SQLiteConfig.TransactionMode.DEFERRED),
              SQLITE_READERS,
              true);
      return new Database(Engine.SQLITE, writer, readers);
    } catch (StoreUnavailable e) {
      writer.close();
      throw e;
    }
  }

  private static HikariConfig sqlite(Path path, SQLiteConfig.TransactionMode mode) {
    var config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setTransactionMode(mode);
    config.setCacheSize(-SQLITE_CACHE_KIB);
    config.setBusyTimeout((int) DEADLINE.toMillis());
    var source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + path);
    var pool = new HikariConfig();
    pool.setDataSource(source);
    pool.setMaxLifetime(0);
    pool.setIdleTimeout(0);
    return pool;
  }

  /** A pool of connections to one database. */
  static Database postgresql(PostgresOptions options) {
    var source = new PGSimpleDataSource();
    source.setServerNames(new String[] {options.database().getHost()});
    int port = options.database().getPort();
    source.setPortNumbers(new int[] {port < 0 ? 5432 : port});
    source.setDatabaseName(options.database().getPath().substring(1));
    source.setUser(options.user());
    options.passwordFile().ifPresent(file -> source.setPassword(password(file)));
    if (options.trustRoots().isPresent()) {
      source.setSslMode("verify-full");
      source.setSslRootCert(options.trustRoots().get().toString());
    } else {
      source.setSslMode("disable");
    }
    long millis = DEADLINE.toMillis();
    source.setOptions("-c statement_timeout=" + millis + " -c lock_timeout=" + millis);
    source.setConnectTimeout((int) DEADLINE.toSeconds());
    source.setSocketTimeout((int) (2 * DEADLINE.toSeconds()));
    source.setTcpKeepAlive(true);
    source.setApplicationName("holdfast");
    var pool = new HikariConfig();
    pool.setDataSource(source);
    HikariDataSource all = open("usage-database", pool, options.connections(), false);
    return new Database(Engine.POSTGRESQL, all, all);
  }

  private static String password(Path file) {
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > PASSWORD_BYTES_MAX) {
        throw new StoreUnavailable("the password file " + file + " is no file of at most 4 KiB");
      }
      return Files.readString(file).stripTrailing();
    } catch (IOException e) {
      throw new StoreUnavailable("the password file " + file + " cannot be read", e);
    }
  }

  private static HikariDataSource open(
      String name, HikariConfig config, int connections, boolean autoCommit) {
    config.setPoolName(name);
    config.setMaximumPoolSize(connections);
    config.setMinimumIdle(1);
    config.setAutoCommit(autoCommit);
    config.setConnectionTimeout(DEADLINE.toMillis());
    config.setInitializationFailTimeout(1);
    config.setDataSourceProperties(new Properties());
    try {
      return new HikariDataSource(config);
    } catch (PoolInitializationException e) {
      throw new StoreUnavailable("the usage series cannot be opened", e);
    }
  }

  Engine engine() {
    return engine;
  }

  /** Does something in one transaction, which is undone if it fails. */
  <T> T write(String what, Work<T> work) {
    for (int attempt = 1; ; attempt++) {
      try (Connection connection = connection(writers)) {
        try {
          T result = work.run(connection);
          connection.commit();
          return result;
        } catch (SQLException | RuntimeException e) {
          undo(connection, e);
          throw e;
        }
      } catch (SQLException e) {
        if (attempt == ATTEMPTS || !AGAIN.contains(String.valueOf(e.getSQLState()))) {
          throw failure(what, e);
        }
      }
    }
  }

  private static void undo(Connection connection, Exception why) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      why.addSuppressed(e);
    }
  }

  /** Reads; on SQLite, always on one of the same few connections. */
  <T> T read(String what, Work<T> work) {
    try (Connection connection = connection(readers)) {
      if (engine == Engine.POSTGRESQL) {
        T result = work.run(connection);
        connection.commit();
        return result;
      }
      Connection sqlite = connection.unwrap(SQLiteConnection.class);
      long end = System.nanoTime() + DEADLINE.toNanos();
      ProgressHandler.setHandler(
          sqlite,
          PROGRESS_STEPS,
          new ProgressHandler() {
            @Override
            protected int progress() {
              return System.nanoTime() - end < 0 ? 0 : 1;
            }
          });
      try {
        return work.run(sqlite);
      } finally {
        ProgressHandler.clearHandler(sqlite);
      }
    } catch (SQLException e) {
      throw failure(what, e);
    }
  }

  private static Connection connection(HikariDataSource pool) throws SQLException {
    if (pool.isClosed()) {
      throw new IllegalStateException("the usage series is closed");
    }
    return pool.getConnection();
  }

  private static StoreUnavailable failure(String what, SQLException why) {
    return new StoreUnavailable("the usage series could not " + what, why);
  }

  @Override
  public void close() {
    readers.close();
    writers.close();
  }
}
