package dev.holdfast.node.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A control group of version 2, the unified hierarchy (Linux, cgroup-v2).
 *
 * @param directory where the group is
 */
public record CgroupV2(Path directory) implements Cgroup {
  private static final Set<String> WANTED = Set.of("cpu", "memory", "io");

  public CgroupV2 {
    if (!directory.isAbsolute()) {
      throw new IllegalArgumentException("a group's directory is absolute: " + directory);
    }
    directory = directory.normalize();
  }

  @Override
  public CgroupV2 child(String name) {
    return new CgroupV2(directory.resolve(Cgroup.requireName(name)));
  }

  @Override
  public boolean exists() {
    return Files.isDirectory(directory);
  }

  @Override
  public void create() throws IOException {
    List<Path> missing = new ArrayList<>();
    for (Path at = directory; at != null && !Files.isDirectory(at); at = at.getParent()) {
      missing.addFirst(at);
    }
    for (Path at : missing) {
      Path above = at.getParent();
      if (above != null) {
        enableControllers(above);
      }
      Files.createDirectory(at);
    }
  }

  /** A group has the controllers that the one above hands down. */
  private static void enableControllers(Path above) throws IOException {
    Path has = above.resolve("cgroup.controllers");
    Path hands = above.resolve("cgroup.subtree_control");
    if (!Files.exists(has) || !Files.exists(hands)) {
      return;
    }
    List<String> handed = List.of(CgroupFiles.read(hands).strip().split(" ", -1));
    for (String controller : CgroupFiles.read(has).strip().split(" ", -1)) {
      if (WANTED.contains(controller) && !handed.contains(controller)) {
        CgroupFiles.write(hands, "+" + controller);
      }
    }
  }

  @Override
  public void remove() throws IOException {
    Files.deleteIfExists(directory);
  }

  @Override
  public void addProcess(long pid) throws IOException {
    CgroupFiles.write(directory.resolve("cgroup.procs"), Long.toString(pid));
  }

  @Override
  public List<Long> processes() throws IOException {
    return CgroupFiles.counts(directory.resolve("cgroup.procs"));
  }

  @Override
  public OptionalLong cpuLimitMillicores() throws IOException {
    Path freeze = directory.resolve("cgroup.freeze");
    if (Files.exists(freeze) && CgroupFiles.count(freeze) != 0) {
      return OptionalLong.of(0);
    }
    Path file = directory.resolve("cpu.max");
    String[] fields = CgroupFiles.read(file).strip().split(" ", -1);
    if (fields.length != 2) {
      throw new IOException(file + " does not hold a quota and a period");
    }
    long period = CgroupFiles.parseCount(file, fields[1]);
    if (fields[0].equals("max")) {
      return OptionalLong.empty();
    }
    long quota = CgroupFiles.parseCount(file, fields[0]);
    return OptionalLong.of(CpuQuota.in(file, quota, period).millicores());
  }

  @Override
  public void limitCpu(OptionalLong millicores) throws IOException {
    boolean freeze = millicores.isPresent() && millicores.getAsLong() == 0;
    if (!freeze) {
      String value = "max 100000";
      if (millicores.isPresent()) {
        CpuQuota quota = CpuQuota.ofMillicores(millicores.getAsLong());
        value = quota.quotaMicros() + " " + quota.periodMicros();
      }
      CgroupFiles.write(directory.resolve("cpu.max"), value);
    }
    CgroupFiles.write(directory.resolve("cgroup.freeze"), freeze ? "1" : "0");
  }

  @Override
  public OptionalLong memoryLimitBytes() throws IOException {
    return CgroupFiles.limit(directory.resolve("memory.max"));
  }

  @Override
  public void limitMemory(OptionalLong bytes) throws IOException {
    if (bytes.isPresent() && (bytes.getAsLong() < 0 || bytes.getAsLong() > LIMIT_MAX)) {
      throw new IllegalArgumentException(
          "memory limit " + bytes.getAsLong() + ", not in 0 to 2^50");
    }
    CgroupFiles.write(
        directory.resolve("memory.max"),
        bytes.isPresent() ? Long.toString(bytes.getAsLong()) : "max");
  }

  @Override
  public long workingSetBytes() throws IOException {
    long idle =
        CgroupFiles.keyedCounts(directory.resolve("memory.stat")).getOrDefault("inactive_file", 0L);
    return Math.max(0, CgroupFiles.count(directory.resolve("memory.current")) - idle);
  }

  @Override
  public CgroupReading read() throws IOException {
    Duration at = Duration.ofNanos(System.nanoTime());
    Path stat = directory.resolve("cpu.stat");
    Map<String, Long> cpu = CgroupFiles.keyedCounts(stat);
    Long used = cpu.get("usage_usec");
    if (used == null) {
      throw new IOException(stat + " has no line \"usage_usec\"");
    }
    // The group at the top has no memory files, and kernels before 5.19 have no peak.
    OptionalLong current = CgroupFiles.countIfThere(directory.resolve("memory.current"));
    OptionalLong peak = CgroupFiles.countIfThere(directory.resolve("memory.peak"));
    Optional<CgroupReading.Memory> memory =
        current.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new CgroupReading.Memory(
                    current.getAsLong(), Math.max(current.getAsLong(), peak.orElse(0))));
    return new CgroupReading(
        at,
        micros(used),
        micros(cpu.getOrDefault("throttled_usec", 0L)),
        memory,
        disk(directory.resolve("io.stat")),
        pressure());
  }

  private static Optional<CgroupReading.Disk> disk(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    long read = 0;
    long written = 0;
    // 8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0
    for (String line : CgroupFiles.read(file).split("\n", -1)) {
      for (String field : line.split(" ", -1)) {
        if (field.startsWith("rbytes=")) {
          read = CgroupFiles.sum(read, CgroupFiles.parseCount(file, field.substring(7)));
        } else if (field.startsWith("wbytes=")) {
          written = CgroupFiles.sum(written, CgroupFiles.parseCount(file, field.substring(7)));
        }
      }
    }
    return Optional.of(new CgroupReading.Disk(read, written));
  }

  private Optional<Pressure> pressure() throws IOException {
    for (String name : List.of("cpu.pressure", "memory.pressure", "io.pressure")) {
      if (!Files.exists(directory.resolve(name))) {
        return Optional.empty();
      }
    }
    return Optional.of(Pressure.read(directory, ".pressure"));
  }

  private static Duration micros(long micros) {
    return Duration.ofSeconds(micros / 1_000_000, micros % 1_000_000 * 1000);
  }
}
