package dev.holdfast.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs small programs to their end, each for ten seconds at most. */
final class Commands {
  private static final long SECONDS_MAX = 10;

  private Commands() {}

  /**
   * Runs a program.
   *
   * @throws IllegalStateException when it fails, with what it said
   */
  static void run(List<String> command) {
    Optional<String> failure = failure(command);
    if (failure.isPresent()) {
      throw new IllegalStateException(String.join(" ", command) + ": " + failure.get());
    }
  }

  /** Runs a program; what it said if it failed. */
  static Optional<String> failure(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      // Whoever says more than a pipe holds is not meant to be run by this.
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return Optional.of("did not end within " + SECONDS_MAX + " s");
      }
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.exitValue() == 0 ? Optional.empty() : Optional.of(said.strip());
    } catch (IOException e) {
      return Optional.of(e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
  }
}
