package dev.holdfast.node.cgroup;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Time that some process stood waiting for CPU, memory or storage, since the group or the machine
 * began (Linux, PSI: the {@code some} line's total).
 */
public record Pressure(Duration cpu, Duration memory, Duration io) {
  public Pressure {
    if (cpu.isNegative() || memory.isNegative() || io.isNegative()) {
      throw new IllegalArgumentException("time waited is never negative");
    }
  }

  /** The pressure on the whole machine. */
  public static Pressure ofMachine() throws IOException {
    return read(Path.of("/proc/pressure"), "");
  }

  static Pressure read(Path directory, String suffix) throws IOException {
    return new Pressure(
        some(directory.resolve("cpu" + suffix)),
        some(directory.resolve("memory" + suffix)),
        some(directory.resolve("io" + suffix)));
  }

  private static Duration some(Path file) throws IOException {
    // some avg10=1.14 avg60=3.11 avg300=3.78 total=32423417
    for (String line : CgroupFiles.read(file).split("\n", -1)) {
      int total = line.indexOf(" total=");
      if (line.startsWith("some ") && total > 0) {
        long micros = CgroupFiles.parseCount(file, line.substring(total + 7).strip());
        return Duration.ofSeconds(micros / 1_000_000, micros % 1_000_000 * 1000);
      }
    }
    throw new IOException(file + " has no line \"some … total=\"");
  }
}
