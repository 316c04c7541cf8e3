package dev.holdfast.node.evidence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel has counted up to now (proc(5), and Documentation/accounting/psi.rst).
 *
 * @param busyTicks CPU time in use, in hundredths of a second, over all processors
 * @param memoryBytes memory in use now
 * @param diskReadBytes read from whole disks
 * @param diskWriteBytes written to whole disks
 * @param networkBytes received and sent, the loopback left out
 * @param networkDrops frames dropped, likewise
 * @param cpuStallMicros time in which some task waited for CPU; likewise the next two
 */
public record MachineReading(
    long busyTicks,
    long memoryBytes,
    long diskReadBytes,
    long diskWriteBytes,
    long networkBytes,
    long networkDrops,
    long cpuStallMicros,
    long memoryStallMicros,
    long ioStallMicros) {
  private static final Pattern WHOLE_DISK =
      Pattern.compile("(?:sd[a-z]+|vd[a-z]+|xvd[a-z]+|hd[a-z]+|nvme\\d+n\\d+|mmcblk\\d+)");
  private static final Pattern SOME_TOTAL = Pattern.compile("some .*total=(\\d{1,18})");
  private static final int SECTOR_BYTES = 512;

  /**
   * Reads the counters; one that this kernel does not have is zero.
   *
   * @param proc where the kernel shows them: {@code /proc}
   */
  public static MachineReading take(Path proc) {
    long[] disk = disks(lines(proc.resolve("diskstats")));
    long[] network = network(lines(proc.resolve("net/dev")));
    return new MachineReading(
        busy(lines(proc.resolve("stat"))),
        memory(lines(proc.resolve("meminfo"))),
        disk[0],
        disk[1],
        network[0],
        network[1],
        stall(lines(proc.resolve("pressure/cpu"))),
        stall(lines(proc.resolve("pressure/memory"))),
        stall(lines(proc.resolve("pressure/io"))));
  }

  /** Not every kernel has every file: what is not counted is zero. */
  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }

  static long busy(List<String> stat) {
    for (String line : stat) {
      String[] fields = line.strip().split("\\s+", -1);
      if (fields[0].equals("cpu") && fields.length >= 8) {
        // user, nice, system, then idle and iowait, irq, softirq.
        return number(fields[1])
            + number(fields[2])
            + number(fields[3])
            + number(fields[6])
            + number(fields[7]);
      }
    }
    return 0;
  }

  static long memory(List<String> meminfo) {
    long total = 0;
    long available = 0;
    for (String line : meminfo) {
      String[] fields = line.strip().split("\\s+", -1);
      if (fields.length >= 2 && fields[0].equals("MemTotal:")) {
        total = number(fields[1]);
      } else if (fields.length >= 2 && fields[0].equals("MemAvailable:")) {
        available = number(fields[1]);
      }
    }
    return Math.max(0, total - available) * 1024;
  }

  static long[] disks(List<String> diskstats) {
    var bytes = new long[2];
    for (String line : diskstats) {
      String[] fields = line.strip().split("\\s+", -1);
      if (fields.length >= 10 && WHOLE_DISK.matcher(fields[2]).matches()) {
        bytes[0] = sum(bytes[0], number(fields[5]) * SECTOR_BYTES);
        bytes[1] = sum(bytes[1], number(fields[9]) * SECTOR_BYTES);
      }
    }
    return bytes;
  }

  static long[] network(List<String> dev) {
    var counts = new long[2];
    for (String line : dev) {
      int colon = line.indexOf(':');
      if (colon < 0 || line.substring(0, colon).strip().equals("lo")) {
        continue;
      }
      String[] fields = line.substring(colon + 1).strip().split("\\s+", -1);
      if (fields.length >= 12) {
        counts[0] = sum(counts[0], number(fields[0]) + number(fields[8]));
        counts[1] = sum(counts[1], number(fields[3]) + number(fields[11]));
      }
    }
    return counts;
  }

  static long stall(List<String> pressure) {
    for (String line : pressure) {
      Matcher matcher = SOME_TOTAL.matcher(line);
      if (matcher.matches()) {
        return number(matcher.group(1));
      }
    }
    return 0;
  }

  /** Of two that are not negative; what does not fit is as good as endless. */
  private static long sum(long a, long b) {
    return a + b < 0 ? Long.MAX_VALUE : a + b;
  }

  /** A counter beyond 2^50 means nothing that a rate could be made of. */
  private static long number(@Nullable String digits) {
    if (digits == null) {
      return 0;
    }
    try {
      return Math.clamp(Long.parseLong(digits), 0, 1L << 50);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
