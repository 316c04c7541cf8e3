package dev.holdfast.peers;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A disk that does badly by one process, until this is closed: {@code strace} holds up or fails its
 * {@code fdatasync} calls.
 */
public final class DiskFault implements AutoCloseable {
  private static final Duration ATTACH_DEADLINE = Duration.ofSeconds(10);

  private final LocalProcess strace;

  private DiskFault(LocalProcess strace) {
    this.strace = strace;
  }

  /** Whether there is an strace that may attach to what this process has started. */
  public static boolean possible(Path folder) {
    try (LocalProcess sleeper =
            LocalProcess.start("sleeper", List.of("sleep", "60"), Map.of(), folder.resolve("log"));
        DiskFault fault = slow(sleeper, Duration.ofMillis(1), folder)) {
      return fault.strace.running();
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** Makes every {@code fdatasync} of a process take longer. */
  public static DiskFault slow(LocalProcess process, Duration by, Path folder) {
    return attach(process, "delay_exit=" + by.toNanos() / 1000, folder);
  }

  /** Makes every {@code fdatasync} of a process fail as on a broken disk (EIO). */
  public static DiskFault broken(LocalProcess process, Path folder) {
    return attach(process, "error=EIO", folder);
  }

  private static DiskFault attach(LocalProcess process, String how, Path folder) {
    Path log = folder.resolve("strace-" + process.pid() + ".log");
    LocalProcess strace =
        LocalProcess.start(
            "strace",
            List.of(
                "strace",
                "--follow-forks",
                "--trace=fdatasync",
                "--inject=fdatasync:" + how,
                "--output=/dev/null",
                "--attach=" + process.pid()),
            Map.of(),
            log);
    var fault = new DiskFault(strace);
    try {
      strace.awaitReady(fault::attached, ATTACH_DEADLINE);
    } catch (IllegalStateException e) {
      // A process that ends of the fault at once takes strace with it.
      if (!fault.attached()) {
        throw e;
      }
    }
    return fault;
  }

  private boolean attached() {
    return strace.logTail().contains("attached");
  }

  /** Lets go of the process, which goes on. */
  @Override
  public void close() {
    strace.close();
  }
}
