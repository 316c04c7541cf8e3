package dev.holdfast.store.kv;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * Copies of an embedded store: taken while the store is in use, looked through, and put back. A
 * copy is one SQLite file, as the store was at one revision.
 */
public final class EmbeddedBackup {
  /** How long SQLite waits for a lock before it tries again, and how often. */
  private static final int LOCK_MILLIS = 100;

  private static final int LOCK_ATTEMPTS = 50;

  /** All pages in one step: of one revision, however much is written meanwhile. */
  private static final int ALL_PAGES = -1;

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

  private EmbeddedBackup() {}

  /**
   * What a store's file holds.
   *
   * @param revision how far it has come
   * @param compacted the oldest revision it can still show
   * @param rows how many it has at present
   * @param bytes its size, without its log
   */
  public record Contents(long revision, long compacted, long rows, long bytes) {}

  /**
   * Copies a store, in use or not.
   *
   * @param copy made anew, and readable by its owner only; it is there only once it is whole and
   *     was looked through
   * @throws StoreRefused when the store is damaged, is not there, or the copy is there already
   * @throws StoreUnavailable when the store cannot be read or the copy cannot be written
   */
  public static Contents take(Path store, Path copy) {
    requirePresent(store);
    if (Files.exists(copy)) {
      throw new StoreRefused(copy + " is there already. Name another file, or remove it.");
    }
    Path part = beside(copy, ".part");
    try (Visit _ = Visit.to(store)) {
      delete(part);
      EmbeddedOpening.create(part);
      copyPages(store, part);
      Contents contents = look(part, true);
      EmbeddedOpening.sync(part);
      Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
      EmbeddedOpening.syncFolder(copy);
      return contents;
    } catch (IOException | SQLException e) {
      throw failed("copy", store, e);
    }
  }

  /**
   * A look into a store that may be in use. One that nobody uses stays so meanwhile, and its log
   * was looked through before SQLite may cut it.
   */
  private record Visit(Optional<StoreLock> lock) implements AutoCloseable {
    static Visit to(Path store) throws IOException {
      var visit = new Visit(StoreLock.tryTake(store));
      if (visit.lock.isPresent()) {
        try {
          requireSound(store, WalFile.damage(EmbeddedOpening.log(store)));
        } catch (IOException | RuntimeException e) {
          visit.close();
          throw e;
        }
      }
      return visit;
    }

    @Override
    public void close() throws IOException {
      if (lock.isPresent()) {
        lock.get().close();
      }
    }
  }

  private static void copyPages(Path from, Path to) throws SQLException {
    try (Connection source = new SQLiteConfig().createConnection("jdbc:sqlite:" + from)) {
      int code =
          source
              .unwrap(SQLiteConnection.class)
              .getDatabase()
              .backup("main", to.toString(), null, LOCK_MILLIS, LOCK_ATTEMPTS, ALL_PAGES);
      if (code != SQLiteErrorCode.SQLITE_OK.code) {
        throw new SQLException("SQLite's backup ended with code " + code);
      }
    }
    try (Connection copy = new SQLiteConfig().createConnection("jdbc:sqlite:" + to);
        Statement statement = copy.createStatement()) {
      // So that it is one file, which can be read where nothing can be written.
      statement.execute("PRAGMA journal_mode = DELETE");
    }
  }

  /**
   * Looks a store's file through from its first page to its last row, the way it is opened; a copy,
   * or a store that nobody uses.
   *
   * @throws StoreRefused when it is damaged, not there, or none
   * @throws StoreUnavailable when it cannot be read, or somebody uses it
   */
  public static Contents check(Path file) {
    requirePresent(file);
    try (StoreLock _ = StoreLock.take(file)) {
      requireSound(file, WalFile.damage(EmbeddedOpening.log(file)));
      return look(file, true);
    } catch (IOException | SQLException e) {
      throw failed("read", file, e);
    }
  }

  /** What a store's file holds, without looking it through; in use or not. */
  public static Contents contents(Path file) {
    requirePresent(file);
    try (Visit _ = Visit.to(file)) {
      return look(file, false);
    } catch (IOException | SQLException e) {
      throw failed("read", file, e);
    }
  }

  private static Contents look(Path file, boolean wholly) throws IOException, SQLException {
    try (Connection connection = new SQLiteConfig().createConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      requireSound(file, EmbeddedOpening.damage(connection, wholly));
      try (ResultSet found =
          statement.executeQuery(
              "SELECT revision, compacted, (SELECT count(*) FROM present) FROM head")) {
        found.next();
        return new Contents(found.getLong(1), found.getLong(2), found.getLong(3), Files.size(file));
      }
    }
  }

  /**
   * Puts a copy in the place of a store that nobody uses. The copy is looked through first, and
   * stays as it is; the store that was there is kept under another name.
   *
   * @param mark written to the restored store before it takes the place
   * @return where the store that was there is kept; empty when there was none
   * @throws StoreRefused when the copy is damaged or not there
   * @throws StoreUnavailable when somebody uses the store, or on failures of the disk
   */
  public static Optional<Path> restore(Path copy, Path store, Operation mark, InstantSource clock) {
    requirePresent(copy);
    Path part = beside(store, ".restoring");
    try (StoreLock _ = StoreLock.take(store)) {
      delete(part);
      EmbeddedOpening.create(part);
      Files.copy(copy, part, StandardCopyOption.REPLACE_EXISTING);
      look(part, true);
      try (EmbeddedStore restored = EmbeddedStore.open(part, clock)) {
        restored.commit(new Transaction(List.of(), List.of(mark)));
      }
      EmbeddedOpening.sync(part);
      Optional<Path> kept = putAside(store, STAMP.format(clock.instant()));
      Files.move(part, store, StandardCopyOption.ATOMIC_MOVE);
      EmbeddedOpening.syncFolder(store);
      delete(part);
      return kept;
    } catch (IOException | SQLException e) {
      throw failed("restore", store, e);
    }
  }

  /** The log goes with its file: cut short in between, neither is taken for another's. */
  private static Optional<Path> putAside(Path store, String stamp) throws IOException {
    Path kept = beside(store, ".replaced-" + stamp);
    boolean there = Files.exists(store);
    if (there) {
      Files.move(store, kept, StandardCopyOption.ATOMIC_MOVE);
    }
    Path log = EmbeddedOpening.log(store);
    if (Files.exists(log)) {
      Files.move(log, EmbeddedOpening.log(kept), StandardCopyOption.ATOMIC_MOVE);
    }
    Files.deleteIfExists(beside(store, "-shm"));
    return there ? Optional.of(kept) : Optional.empty();
  }

  private static void delete(Path part) throws IOException {
    for (String suffix : List.of("", "-wal", "-shm", "-journal", ".lock")) {
      Files.deleteIfExists(beside(part, suffix));
    }
  }

  private static Path beside(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private static void requirePresent(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new StoreRefused("there is no file " + file + ".");
    }
  }

  private static void requireSound(Path file, Optional<String> damage) {
    if (damage.isPresent()) {
      throw EmbeddedOpening.damaged(file, damage.get());
    }
  }

  private static StoreFailure failed(String what, Path file, Exception e) {
    return EmbeddedFile.isDamage(e)
        ? EmbeddedOpening.damaged(file, String.valueOf(e.getMessage()))
        : new StoreUnavailable("cannot %s %s: %s".formatted(what, file, e.getMessage()), e);
  }
}
