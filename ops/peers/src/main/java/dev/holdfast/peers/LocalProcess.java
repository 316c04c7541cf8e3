package dev.holdfast.peers;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A child process with its output in a file, which ends no later than this virtual machine does.
 *
 * <p>Standard output and standard error both go to the log. Closing asks the process to end and
 * kills it when it has not within five seconds.
 */
public final class LocalProcess implements AutoCloseable {
  /** How long {@link #close} waits after asking politely. */
  public static final Duration GRACE = Duration.ofSeconds(5);

  private static final Duration PROBE_INTERVAL = Duration.ofMillis(50);
  private static final int TAIL_BYTES = 4096;

  private final String name;
  private final Path log;
  private final Process process;
  private final Thread killer;

  private LocalProcess(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
    this.killer = new Thread(process::destroyForcibly, "kill " + name);
    Runtime.getRuntime().addShutdownHook(killer);
  }

  /** Says whether a process is ready to serve; an exception means "not yet". */
  @FunctionalInterface
  public interface Probe {
    /** Returns whether the process serves now. Takes at most a second. */
    boolean ready() throws IOException, InterruptedException;
  }

  /** Whether there is a program of this name on this machine's path. */
  public static boolean installed(String program) {
    String path = System.getenv("PATH");
    return path != null
        && Stream.of(path.split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /**
   * Starts a program.
   *
   * @param name what messages call it
   * @param command the program and its arguments
   * @param environment variables added to those of this process
   * @param log the file that its output is appended to
   * @throws UncheckedIOException when there is no such program
   */
  public static LocalProcess start(
      String name, List<String> command, Map<String, String> environment, Path log) {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return new LocalProcess(name, log, process);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name + " (" + command.getFirst() + ")", e);
    }
  }

  /**
   * Waits until the probe says that the process serves.
   *
   * @throws IllegalStateException when the process exits first or the deadline passes; the process
   *     is killed then, and the message ends with its last output
   */
  public void awaitReady(Probe probe, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    String lastFailure = "the probe said no";
    try {
      while (System.nanoTime() < end) {
        // The wait doubles as the pause between two probes.
        if (process.waitFor(PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
          throw failure("exited with status " + process.exitValue());
        }
        try {
          if (probe.ready()) {
            return;
          }
        } catch (IOException e) {
          lastFailure = String.valueOf(e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("was not ready when the wait was interrupted");
    }
    throw failure("was not ready within " + deadline + "; the last probe: " + lastFailure);
  }

  private IllegalStateException failure(String what) {
    String tail = logTail();
    kill();
    return new IllegalStateException(name + " " + what + ". Its last output:\n" + tail);
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether the process runs. */
  public boolean running() {
    return process.isAlive();
  }

  /** Where its output goes. */
  public Path log() {
    return log;
  }

  /** The last output, at most 4 KiB; empty when there is none. */
  public String logTail() {
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      long length = file.length();
      var tail = new byte[(int) Math.min(length, TAIL_BYTES)];
      file.seek(length - tail.length);
      file.readFully(tail);
      return new String(tail, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  /** Stops the process in its tracks (SIGSTOP); nothing of it runs until {@link #resume}. */
  public void pause() {
    signal("STOP");
  }

  /** Lets a paused process go on (SIGCONT). */
  public void resume() {
    signal("CONT");
  }

  private void signal(String signal) {
    Commands.run(List.of("kill", "-" + signal, Long.toString(pid())));
  }

  /** Kills the process as SIGKILL does, without a chance to tidy up, and waits until it is gone. */
  public void kill() {
    process.destroyForcibly();
    awaitEnd();
    forgetKiller();
  }

  /** Waits until the process has ended by itself and returns its exit status. */
  public int awaitExit(Duration deadline) {
    try {
      if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        throw failure("did not end within " + deadline);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("had not ended when the wait was interrupted");
    }
    forgetKiller();
    return process.exitValue();
  }

  /** Asks the process to end (SIGTERM), and kills it when it does not within {@link #GRACE}. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    awaitEnd();
    forgetKiller();
  }

  private void awaitEnd() {
    boolean interrupted = Thread.interrupted();
    try {
      if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(name + " (pid " + pid() + ") survived being killed");
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void forgetKiller() {
    try {
      Runtime.getRuntime().removeShutdownHook(killer);
    } catch (IllegalStateException e) {
      // The virtual machine is on its way out and runs the hook itself.
      return;
    }
  }
}
