package dev.holdfast.quickstart;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Java program of this checkout in a process of its own. */
final class Program implements AutoCloseable {
  /** The longest wait for an orderly end: an archive of classes may be written meanwhile. */
  private static final long CLOSE_SECONDS = 10;

  private final Process process;
  private final List<String> lines = new ArrayList<>();

  private Program(Process process) {
    this.process = process;
  }

  /**
   * Starts one.
   *
   * @param libraries the folder with its class path
   * @param keepsClasses whether it leaves an archive of its classes beside that folder as it ends,
   *     where there is no valid one: any later start of the same program is faster by it. One
   *     process at a time may
   * @param log where what it says on standard error goes
   */
  static Program start(
      Path libraries, String main, boolean keepsClasses, List<String> arguments, Path log)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(archive(libraries, main, keepsClasses));
    command.addAll(List.of("-cp", libraries + "/*", main));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    Program program = new Program(process);
    Thread.ofVirtual().name("output of " + main).start(program::read);
    return program;
  }

  /**
   * Options for the archive of a program's classes (JEP 350). A missing or old one is no matter.
   */
  private static List<String> archive(Path libraries, String main, boolean keepsClasses) {
    String name = main.substring(main.lastIndexOf('.') + 1) + ".jsa";
    Path archive = libraries.resolveSibling(name);
    if (!keepsClasses && !Files.exists(archive)) {
      return List.of();
    }
    List<String> options = new ArrayList<>(List.of("-Xlog:disable", "-Xshare:auto"));
    options.add("-XX:SharedArchiveFile=" + archive);
    if (keepsClasses) {
      options.add("-XX:+AutoCreateSharedArchive");
    }
    return options;
  }

  private void read() {
    try (BufferedReader out = new BufferedReader(process.inputReader(StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        synchronized (lines) {
          lines.add(line);
          lines.notifyAll();
        }
      }
    } catch (IOException ended) {
      // The process is gone; what it had said was read.
    }
    synchronized (lines) {
      lines.notifyAll();
    }
  }

  long pid() {
    return process.pid();
  }

  /** Waits for a line that begins with a word, from the {@code from}th on, and returns it. */
  String awaitLine(String word, int from, long deadlineNanos) throws InterruptedException {
    synchronized (lines) {
      int at = from;
      while (true) {
        for (; at < lines.size(); at++) {
          if (lines.get(at).startsWith(word + " ")) {
            return lines.get(at);
          }
        }
        long left = deadlineNanos - System.nanoTime();
        if (left <= 0 || (!process.isAlive() && at >= lines.size())) {
          throw new IllegalStateException(
              "the application did not say \"" + word + "\"; it said " + lines);
        }
        lines.wait(Math.clamp(left / 1_000_000, 1, 100));
      }
    }
  }

  int mark() {
    synchronized (lines) {
      return lines.size();
    }
  }

  boolean running() {
    return process.isAlive();
  }

  /** Waits for its end. */
  void awaitEnd(long deadlineNanos) throws InterruptedException {
    process.waitFor(Math.max(1, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
  }

  /** Kills it without a word, as a power cut would. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Tells it to end, and does not wait. */
  void end() {
    process.destroy();
  }

  @Override
  public void close() {
    end();
    try {
      if (!process.waitFor(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
