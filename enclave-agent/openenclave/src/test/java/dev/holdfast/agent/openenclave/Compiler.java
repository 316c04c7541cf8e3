package dev.holdfast.agent.openenclave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Compiles the C sources of these tests. */
final class Compiler {
  private static final Path SOURCES =
      Path.of(
          System.getProperty("holdfast.root", "."), "enclave-agent", "openenclave", "src/test/c");

  private Compiler() {}

  /** Compiles a source file with every warning an error. */
  static Path compile(String source, Path into, String... flags) throws IOException {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/gcc"))
            && Files.exists(Path.of("/usr/include/stdlib.h")),
        "gcc and libc6-dev are not installed; ops/install-packages test installs them");
    List<String> command =
        new ArrayList<>(List.of("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-o", into.toString(), SOURCES.resolve(source).toString(), "-pthread"));
    assertEquals("", run(command));
    return into;
  }

  /** What a program prints. */
  static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> command + " does not end");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    assertEquals(0, process.exitValue(), printed);
    return printed;
  }
}
