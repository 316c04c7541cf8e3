package dev.holdfast.store.series;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A PostgreSQL database to keep series in.
 *
 * @param database such as {@code postgresql://db.example:5432/holdfast}; see {@link
 *     #requireAddress}
 * @param user whom to be there
 * @param passwordFile holds the password, at most 4 KiB, a line end after it ignored; empty where
 *     the server asks for none
 * @param trustRoots PEM with the authorities of the server's certificate, whose name must be the
 *     host; empty for no TLS, which is for this host only
 * @param connections the most that are open at once, 1 to {@link #CONNECTIONS_MAX}
 */
public record PostgresOptions(
    URI database,
    String user,
    Optional<Path> passwordFile,
    Optional<Path> trustRoots,
    int connections) {
  /** The most connections of one pool. */
  public static final int CONNECTIONS_MAX = 32;

  /** Refuses what cannot be connected to, and what should not. */
  public PostgresOptions {
    requireAddress(database);
    if (user.isEmpty() || connections < 1 || connections > CONNECTIONS_MAX) {
      throw new IllegalArgumentException("a user is needed, and 1 to 32 connections");
    }
    if (trustRoots.isEmpty() && !loopback(database.getHost())) {
      throw new IllegalArgumentException(
          "a database on another host is spoken to by TLS: say which authorities it is known by");
    }
  }

  /**
   * Passes an address of a database: scheme postgresql, host, database, and nothing secret.
   *
   * @throws IllegalArgumentException if it is another
   */
  public static URI requireAddress(URI database) {
    String path = database.getPath() == null ? "" : database.getPath();
    if (!"postgresql".equals(database.getScheme())
        || database.getHost() == null
        || database.getRawUserInfo() != null
        || database.getRawQuery() != null
        || database.getRawFragment() != null
        || !path.matches("/[A-Za-z0-9_-]{1,63}")) {
      throw new IllegalArgumentException(
          "an address such as postgresql://db.example:5432/holdfast is needed");
    }
    return database;
  }

  private static boolean loopback(String host) {
    return host.matches("localhost|127(\\.\\d{1,3}){3}|\\[::1]");
  }
}
