package dev.holdfast.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * PKCS #11 tokens in software (SoftHSM 2), in a folder of their own.
 *
 * <p>The library reads {@code SOFTHSM2_CONF} in the environment of the process that uses it, once,
 * and sees the tokens that there are then.
 */
public final class SoftHsm {
  /** The environment variable that names the configuration file. */
  public static final String VARIABLE = "SOFTHSM2_CONF";

  private static final String PROGRAM = "softhsm2-util";
  private static final Duration PROGRAM_DEADLINE = Duration.ofSeconds(30);

  private final Path configuration;

  private SoftHsm(Path configuration) {
    this.configuration = configuration;
  }

  /** Whether its program and its library are on this machine. */
  public static boolean installed() {
    return LocalProcess.installed(PROGRAM) && found().isPresent();
  }

  private static Optional<Path> found() {
    return Stream.of("/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/local/lib/softhsm")
        .map(folder -> Path.of(folder, "libsofthsm2.so"))
        .filter(Files::isReadable)
        .findFirst();
  }

  /**
   * Makes a configuration with no tokens yet; those that the same one had are removed.
   *
   * @param configuration a file; the tokens go into the folder {@code tokens} beside it
   */
  public static SoftHsm empty(Path configuration) {
    Path tokens = configuration.resolveSibling("tokens");
    try {
      Files.createDirectories(tokens);
      try (Stream<Path> old = Files.walk(tokens)) {
        for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
      Files.createDirectory(tokens);
      Files.writeString(
          configuration,
          """
          directories.tokendir = %s
          objectstore.backend = file
          log.level = ERROR
          """
              .formatted(tokens));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep tokens in " + tokens, e);
    }
    return new SoftHsm(configuration);
  }

  /** Makes a token with a label and the user's PIN. */
  public void makeToken(String label, String pin) {
    List<String> command =
        List.of(PROGRAM, "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", pin);
    LocalProcess process =
        LocalProcess.start(
            PROGRAM, command, environment(), configuration.resolveSibling("softhsm2-util.log"));
    if (process.awaitExit(PROGRAM_DEADLINE) != 0) {
      throw new IllegalStateException("no token was made: " + process.logTail());
    }
  }

  /** What a process that uses the tokens needs in its environment. */
  public Map<String, String> environment() {
    return Map.of(VARIABLE, configuration.toString());
  }

  /** The PKCS #11 library. */
  public Path library() {
    return found().orElseThrow(() -> new IllegalStateException("SoftHSM is not installed"));
  }
}
