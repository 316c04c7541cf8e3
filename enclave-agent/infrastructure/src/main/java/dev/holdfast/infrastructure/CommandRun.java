package dev.holdfast.infrastructure;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One run of a system command, never through a shell, with an end to its time and its output. */
final class CommandRun {
  private static final int OUTPUT_BYTES_MAX = 8 << 20;

  private CommandRun() {}

  /**
   * Runs a command.
   *
   * @param command the program and its arguments
   * @param input what it reads
   * @return what it wrote
   * @throws IOException if it fails, with what it said
   */
  static String run(List<String> command, String input, Duration timeout) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Thread watchdog =
        Thread.ofVirtual()
            .name("time limit of " + command.getFirst())
            .start(
                () -> {
                  try {
                    if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                      // What it started would keep its output open.
                      process.descendants().forEach(ProcessHandle::destroyForcibly);
                      process.destroyForcibly();
                    }
                  } catch (InterruptedException _) {
                    process.destroyForcibly();
                  }
                });
    try {
      Thread writer = Thread.ofVirtual().start(() -> feed(process, input));
      byte[] output;
      try (InputStream in = process.getInputStream()) {
        output = in.readNBytes(OUTPUT_BYTES_MAX + 1);
      }
      if (output.length > OUTPUT_BYTES_MAX) {
        throw new IOException(
            command.getFirst() + " wrote more than " + OUTPUT_BYTES_MAX + " bytes");
      }
      int code = process.waitFor();
      writer.join();
      String text = new String(output, StandardCharsets.UTF_8);
      if (code != 0) {
        throw new IOException(
            String.join(" ", command) + " ended with code " + code + ": " + text.strip());
      }
      return text;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + command.getFirst() + " ran", e);
    } finally {
      process.destroyForcibly();
      watchdog.interrupt();
    }
  }

  private static void feed(Process process, String input) {
    try (OutputStream out = process.getOutputStream()) {
      out.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException _) {
      // The command ended without reading all; its exit code says why.
    }
  }
}
