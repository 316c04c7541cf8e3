package dev.holdfast.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A PostgreSQL server with a private data directory on loopback, for as long as this object is
 * open; its data goes with it.
 *
 * <p>It asks for a password, drawn at random (SCRAM), and offers no socket but the TCP port. It
 * does not run as root, so root starts it as the user {@code postgres} of Debian's package. The
 * process that listens is known to be the one started: the server's own pid file names that
 * process, that port, and the state {@code ready}.
 */
public final class Postgres implements AutoCloseable {
  /** The user and the database that there are. */
  public static final String USER = "postgres";

  private static final String STILL_IN_USE = "pre-existing shared memory block";
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
  private static final Duration START_DEADLINE = Duration.ofMinutes(2);
  private static final Duration STEP_DEADLINE = Duration.ofSeconds(60);
  private static final int PID_LINE = 0;
  private static final int PORT_LINE = 3;
  private static final int STATE_LINE = 7;

  private final Path folder;
  private final Path programs;
  private final int port;
  private final List<String> options;
  private LocalProcess process;

  private Postgres(Path folder, Path programs, int port, List<String> options) {
    this.folder = folder;
    this.programs = programs;
    this.port = port;
    this.options = options;
    this.process = launch();
  }

  /**
   * What a server shows to those who connect by TLS.
   *
   * @param certificate PEM
   * @param key PEM, not encrypted
   */
  public record Tls(Path certificate, Path key) {}

  /** Whether there is a PostgreSQL server that can be started here. */
  public static boolean installed() {
    return programs().isPresent() && (!root() || Files.isExecutable(Path.of("/usr/bin/setpriv")));
  }

  /**
   * Makes a data directory and starts a server on a free port.
   *
   * @param tls empty for one without TLS
   * @throws IllegalStateException when it cannot be made, exits, or does not serve within two
   *     minutes
   */
  public static Postgres start(Optional<Tls> tls) {
    Path programs =
        programs().orElseThrow(() -> new IllegalStateException("PostgreSQL is not installed"));
    try {
      Path folder = Files.createTempDirectory("holdfast-postgres");
      byte[] password = new byte[16];
      new SecureRandom().nextBytes(password);
      Path passwordFile = folder.resolve("password");
      privately(
          passwordFile, HexFormat.of().formatHex(password).getBytes(StandardCharsets.US_ASCII));
      List<String> options = new ArrayList<>();
      if (tls.isPresent()) {
        Files.copy(
            tls.get().certificate(),
            folder.resolve("server.pem"),
            StandardCopyOption.REPLACE_EXISTING);
        privately(folder.resolve("server.key"), Files.readAllBytes(tls.get().key()));
        options.addAll(
            List.of(
                "-c",
                "ssl=on",
                "-c",
                "ssl_cert_file=" + folder.resolve("server.pem"),
                "-c",
                "ssl_key_file=" + folder.resolve("server.key")));
      }
      give(folder);
      step(
          folder,
          programs.resolve("initdb").toString(),
          "--pgdata=" + folder.resolve("data"),
          "--username=" + USER,
          "--pwfile=" + passwordFile,
          "--auth=scram-sha-256",
          "--encoding=UTF8",
          "--locale=C",
          "--no-sync");
      return new Postgres(folder, programs, FreePorts.of(1).getFirst(), options);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a data directory for PostgreSQL", e);
    }
  }

  private LocalProcess launch() {
    List<String> command =
        new ArrayList<>(
            List.of(
                programs.resolve("postgres").toString(),
                "-D",
                folder.resolve("data").toString(),
                "-p",
                Integer.toString(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=40",
                "-c",
                "shared_buffers=64MB",
                "-c",
                "recovery_init_sync_method=syncfs"));
    command.addAll(options);
    LocalProcess started =
        LocalProcess.start("postgres", asItsUser(command), Map.of(), folder.resolve("log"));
    try {
      started.awaitReady(() -> serves(started.pid()), START_DEADLINE);
    } catch (RuntimeException e) {
      started.kill();
      throw e;
    }
    return started;
  }

  /**
   * The lines of the pid file are fixed: pid, folder, start, port, sockets, address, keys, state.
   */
  private boolean serves(long pid) throws IOException {
    Path file = folder.resolve("data/postmaster.pid");
    if (!Files.exists(file)) {
      return false;
    }
    List<String> lines = Files.readAllLines(file);
    return lines.size() > STATE_LINE
        && lines.get(PID_LINE).strip().equals(Long.toString(pid))
        && lines.get(PORT_LINE).strip().equals(Integer.toString(port))
        && lines.get(STATE_LINE).strip().equals("ready");
  }

  /** The TCP port on 127.0.0.1. */
  public int port() {
    return port;
  }

  /** The file that holds the password of {@link #USER}, without a line end. */
  public Path passwordFile() {
    return folder.resolve("password");
  }

  /** The process itself, for who wants to stop or kill it. */
  public LocalProcess process() {
    return process;
  }

  /** Starts it again on the same data and port, after it was killed. */
  public void restart() {
    if (process.running()) {
      throw new IllegalStateException("it still runs");
    }
    long end = System.nanoTime() + START_DEADLINE.toNanos();
    boolean launched = false;
    while (!launched) {
      try {
        process = launch();
        launched = true;
      } catch (IllegalStateException refused) {
        // What a killed one had started lets go of their memory a moment after it is gone.
        String why = String.valueOf(refused.getMessage());
        if (!why.contains(STILL_IN_USE) || System.nanoTime() > end) {
          throw refused;
        }
      }
    }
  }

  /** Ends the server, whoever is connected, and removes its data. */
  @Override
  public void close() {
    try {
      if (process.running()) {
        // SIGTERM would wait for every client to go.
        run(List.of("kill", "-INT", Long.toString(process.pid())), folder.resolve("log"));
        process.awaitExit(STEP_DEADLINE);
      }
      remove(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    } finally {
      process.close();
    }
  }

  private static void step(Path folder, String... command) throws IOException {
    Path log = folder.resolve("setup-log");
    int code = run(asItsUser(List.of(command)), log);
    if (code != 0) {
      throw new IllegalStateException(command[0] + " failed: " + Files.readString(log));
    }
  }

  private static int run(List<String> command, Path log) {
    return LocalProcess.start(command.getFirst(), command, Map.of(), log).awaitExit(STEP_DEADLINE);
  }

  private static Optional<Path> programs() {
    if (!Files.isDirectory(DEBIAN)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(DEBIAN)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
          .max(Comparator.comparing(Path::toString));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look into " + DEBIAN, e);
    }
  }

  private static boolean root() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static List<String> asItsUser(List<String> command) {
    if (!root()) {
      return command;
    }
    List<String> whole =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--reuid=" + USER,
                "--regid=" + USER,
                "--clear-groups",
                "--no-new-privs"));
    whole.addAll(command);
    return whole;
  }

  private static void privately(Path file, byte[] content) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(file, content);
  }

  /** Makes a folder and what is in it the server's own. */
  private static void give(Path folder) throws IOException {
    if (root()) {
      var owner =
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER);
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.toList()) {
          Files.setOwner(path, owner);
        }
      }
    }
  }

  private static void remove(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path left, IOException failure)
              throws IOException {
            Files.delete(left);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
