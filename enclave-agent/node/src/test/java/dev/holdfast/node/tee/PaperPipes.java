package dev.holdfast.node.tee;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Files of a kernel's kind, as pipes: whoever opens one meets the thread that serves it. */
public final class PaperPipes {
  private static final Path OPEN_FILES = Path.of("/proc/self/fd");

  private PaperPipes() {}

  /** Makes a pipe. */
  public static void make(Path pipe) throws IOException {
    Process process = new ProcessBuilder("mkfifo", pipe.toString()).inheritIO().start();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException("no pipe " + pipe);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** Takes what someone writes, and returns when that one has closed the pipe. */
  public static Bytes take(Path pipe) throws IOException {
    try (var in = Files.newInputStream(pipe)) {
      return Bytes.of(in.readAllBytes());
    }
  }

  /** Gives someone what is read, and returns when that one has closed the pipe. */
  public static void give(Path pipe, Bytes content) throws IOException {
    try (var out = Files.newOutputStream(pipe)) {
      out.write(content.toByteArray());
    }
    while (isOpen(pipe)) {
      Thread.onSpinWait();
    }
  }

  /** Both ends are in this process. */
  private static boolean isOpen(Path pipe) throws IOException {
    Path real = pipe.toRealPath();
    try (Stream<Path> files = Files.list(OPEN_FILES)) {
      return files.anyMatch(
          file -> {
            try {
              return Files.readSymbolicLink(file).equals(real);
            } catch (IOException e) {
              return false; // closed meanwhile
            }
          });
    }
  }
}
