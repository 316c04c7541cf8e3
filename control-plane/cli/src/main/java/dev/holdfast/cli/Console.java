package dev.holdfast.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * What a command has around it: where it writes, the time, and its environment.
 *
 * @param out the answer
 * @param err everything that is not the answer
 * @param clock the time that ages are counted from
 * @param environment the variables of the process
 * @param home the folder of the user
 */
public record Console(
    PrintWriter out,
    PrintWriter err,
    InstantSource clock,
    Map<String, String> environment,
    Path home) {

  /** Keeps a copy of the variables. */
  public Console {
    environment = Map.copyOf(environment);
  }

  /** That of this process. */
  public static Console ofProcess() {
    return new Console(
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8),
        InstantSource.system(),
        System.getenv(),
        Path.of(System.getProperty("user.home", ".")));
  }
}
