package dev.holdfast.node.tee;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;

/** Files of a kernel's kind, as pipes: whoever opens one meets the thread that serves it. */
public final class PaperPipes {
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

  /**
   * Gives someone what is read. Whoever opens the pipe after that one meets another giver, even
   * while that one still reads.
   */
  public static void give(Path pipe, Bytes content) throws IOException {
    try (var out = Files.newOutputStream(pipe)) {
      // Both ends are open, and nothing is read yet: so nobody opens it a second time.
      Path next = pipe.resolveSibling(pipe.getFileName() + ".next");
      make(next);
      Files.move(next, pipe, StandardCopyOption.ATOMIC_MOVE);
      out.write(content.toByteArray());
    }
  }
}
