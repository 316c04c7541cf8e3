package dev.holdfast.node.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's counters, on files as a kernel writes them. */
final class MachineReadingTest {
  @TempDir private Path proc;

  private void put(String name, String text) throws IOException {
    Path file = proc.resolve(name);
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, text);
  }

  @Test
  void countersAreReadInTheirUnits() throws IOException {
    put("stat", "cpu  10 1 5 1000 3 4 2 0 0 0\ncpu0 10 1 5 1000 3 4 2 0 0 0\n");
    put("meminfo", "MemTotal:  3000 kB\nMemFree:  10 kB\nMemAvailable:  1000 kB\n");
    put(
        "diskstats",
        "8 0 sda 1 0 8 0 1 0 16 0 0 0 0\n8 1 sda1 1 0 8 0 1 0 16 0 0 0 0\n"
            + "259 0 nvme0n1 1 0 1 0 1 0 2 0 0 0 0\n");
    put(
        "net/dev",
        "Inter-|   Receive\n    lo: 1 1 0 7 0 0 0 0 1 1 0 0 0 0 0 0\n"
            + "  eth0: 100 1 0 2 0 0 0 0 50 1 0 3 0 0 0 0\n");
    put("pressure/cpu", "some avg10=1.14 avg60=3.11 avg300=3.78 total=42\n");
    assertEquals(
        new MachineReading(22, 2000 * 1024, 9 * 512, 18 * 512, 150, 5, 42, 0, 0),
        MachineReading.take(proc));
  }

  @Test
  void aKernelThatCountsNothingIsReadAsZero() {
    assertEquals(new MachineReading(0, 0, 0, 0, 0, 0, 0, 0, 0), MachineReading.take(proc));
  }

  @Test
  void countersThatTogetherDoNotFitAreAsGoodAsEndless() throws IOException {
    put("diskstats", "8 0 sda 1 0 9999999999999999 0 1 0 16 0 0 0 0\n".repeat(16));
    MachineReading reading = MachineReading.take(proc);
    assertEquals(Long.MAX_VALUE, reading.diskReadBytes());
    assertEquals(16 * 16 * 512, reading.diskWriteBytes());
  }
}
