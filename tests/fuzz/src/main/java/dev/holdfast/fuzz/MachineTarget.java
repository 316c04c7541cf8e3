package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.node.evidence.MachineReading;
import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;

/** The kernel's counters below {@code /proc}: whatever stands there, none is below zero. */
final class MachineTarget implements Target {
  private static final RecordedFiles PROC =
      new RecordedFiles(
          "proc",
          List.of(
              "stat",
              "meminfo",
              "diskstats",
              "net/dev",
              "pressure/cpu",
              "pressure/memory",
              "pressure/io"));

  @Override
  public Class<?> reader() {
    return MachineReading.class;
  }

  @Override
  public List<Bytes> seeds() {
    String pressure = "some avg10=1.14 avg60=3.11 avg300=3.78 total=32423417\n";
    return List.of(
        RecordedFiles.input(
            "cpu  10 1 5 1000 3 0 2 0 0 0\ncpu0 10 1 5 1000 3 0 2 0 0 0\n",
            "MemTotal:  8388608 kB\nMemFree:  1000 kB\nMemAvailable:  4194304 kB\n",
            "8 0 sda 1 0 8 0 1 0 16 0 0 0 0\n259 0 nvme0n1 1 0 8 0 1 0 16 0 0 0 0\n",
            "Inter-|   Receive\n lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"
                + "eth0: 100 1 0 2 0 0 0 0 50 1 0 3 0 0 0 0\n",
            pressure,
            pressure,
            pressure));
  }

  /** The files, one after another. */
  @Override
  public void read(byte[] data) throws IOException {
    PROC.write(data);
    MachineReading reading = MachineReading.take(PROC.folder());
    if (LongStream.of(
            reading.busyTicks(),
            reading.memoryBytes(),
            reading.diskReadBytes(),
            reading.diskWriteBytes(),
            reading.networkBytes(),
            reading.networkDrops(),
            reading.cpuStallMicros(),
            reading.memoryStallMicros(),
            reading.ioStallMicros())
        .anyMatch(count -> count < 0)) {
      throw new IllegalStateException("a counter is below zero: " + reading);
    }
  }
}
