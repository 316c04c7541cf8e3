package dev.holdfast.node.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A control group of version 1: a directory for each controller (Linux, cgroup-v1).
 *
 * @param directories where each controller that is mounted keeps the group; one at least
 */
public record CgroupV1(Map<Controller, Path> directories) implements Cgroup {
  /** A limit at or above this is none: the kernel shows the largest whole number of pages. */
  private static final long NO_LIMIT = 1L << 62;

  /** The controllers that are used. */
  public enum Controller {
    /** CPU bandwidth. */
    CPU("cpu"),
    /** CPU accounting. */
    CPUACCT("cpuacct"),
    /** Memory. */
    MEMORY("memory"),
    /** Block devices. */
    BLKIO("blkio"),
    /** Stopping and resuming all processes. */
    FREEZER("freezer");

    private final String fileName;

    Controller(String fileName) {
      this.fileName = fileName;
    }

    /** The name that the kernel gives it. */
    public String fileName() {
      return fileName;
    }
  }

  public CgroupV1 {
    if (directories.isEmpty()) {
      throw new IllegalArgumentException("a group of version 1 needs a controller");
    }
    directories = Map.copyOf(new EnumMap<>(directories));
  }

  @Override
  public CgroupV1 child(String name) {
    Cgroup.requireName(name);
    Map<Controller, Path> below = new EnumMap<>(Controller.class);
    directories.forEach((controller, directory) -> below.put(controller, directory.resolve(name)));
    return new CgroupV1(below);
  }

  @Override
  public boolean exists() {
    return directories.values().stream().allMatch(Files::isDirectory);
  }

  @Override
  public void create() throws IOException {
    for (Path directory : directories.values()) {
      Files.createDirectories(directory);
    }
  }

  @Override
  public void remove() throws IOException {
    for (Path directory : directories.values()) {
      Files.deleteIfExists(directory);
    }
  }

  @Override
  public void addProcess(long pid) throws IOException {
    for (Path directory : directories.values()) {
      CgroupFiles.write(directory.resolve("cgroup.procs"), Long.toString(pid));
    }
  }

  @Override
  public List<Long> processes() throws IOException {
    return CgroupFiles.counts(directories.values().iterator().next().resolve("cgroup.procs"));
  }

  @Override
  public OptionalLong cpuLimitMillicores() throws IOException {
    Path freezer = directories.get(Controller.FREEZER);
    if (freezer != null
        && Files.exists(freezer.resolve("freezer.self_freezing"))
        && CgroupFiles.count(freezer.resolve("freezer.self_freezing")) != 0) {
      return OptionalLong.of(0);
    }
    Path cpu = directory(Controller.CPU);
    Path file = cpu.resolve("cpu.cfs_quota_us");
    OptionalLong quota = CgroupFiles.limit(file);
    if (quota.isEmpty()) {
      return quota;
    }
    long period = CgroupFiles.count(cpu.resolve("cpu.cfs_period_us"));
    return OptionalLong.of(CpuQuota.in(file, quota.getAsLong(), period).millicores());
  }

  @Override
  public void limitCpu(OptionalLong millicores) throws IOException {
    boolean freeze = millicores.isPresent() && millicores.getAsLong() == 0;
    Path freezer = directories.get(Controller.FREEZER);
    if (freeze && freezer == null) {
      throw new IOException(
          "no CPU time at all needs the freezer controller, which is not mounted");
    }
    if (!freeze) {
      Path cpu = directory(Controller.CPU);
      if (millicores.isEmpty()) {
        CgroupFiles.write(cpu.resolve("cpu.cfs_quota_us"), "-1");
      } else {
        writeQuota(cpu, CpuQuota.ofMillicores(millicores.getAsLong()));
      }
    }
    if (freezer != null && Files.exists(freezer.resolve("freezer.state"))) {
      CgroupFiles.write(freezer.resolve("freezer.state"), freeze ? "FROZEN" : "THAWED");
    }
  }

  /** Two files make one limit: in this order what holds between is never more than old and new. */
  private static void writeQuota(Path cpu, CpuQuota next) throws IOException {
    Path quota = cpu.resolve("cpu.cfs_quota_us");
    Path period = cpu.resolve("cpu.cfs_period_us");
    boolean longer = next.periodMicros() > CgroupFiles.count(period);
    if (longer) {
      CgroupFiles.write(period, Long.toString(next.periodMicros()));
    }
    CgroupFiles.write(quota, Long.toString(next.quotaMicros()));
    if (!longer) {
      CgroupFiles.write(period, Long.toString(next.periodMicros()));
    }
  }

  @Override
  public OptionalLong memoryLimitBytes() throws IOException {
    long bytes = CgroupFiles.count(directory(Controller.MEMORY).resolve("memory.limit_in_bytes"));
    return bytes >= NO_LIMIT ? OptionalLong.empty() : OptionalLong.of(bytes);
  }

  @Override
  public void limitMemory(OptionalLong bytes) throws IOException {
    if (bytes.isPresent() && (bytes.getAsLong() < 0 || bytes.getAsLong() > LIMIT_MAX)) {
      throw new IllegalArgumentException(
          "memory limit " + bytes.getAsLong() + ", not in 0 to 2^50");
    }
    CgroupFiles.write(
        directory(Controller.MEMORY).resolve("memory.limit_in_bytes"),
        bytes.isPresent() ? Long.toString(bytes.getAsLong()) : "-1");
  }

  @Override
  public long workingSetBytes() throws IOException {
    Path memory = directory(Controller.MEMORY);
    long idle =
        CgroupFiles.keyedCounts(memory.resolve("memory.stat"))
            .getOrDefault("total_inactive_file", 0L);
    return Math.max(0, CgroupFiles.count(memory.resolve("memory.usage_in_bytes")) - idle);
  }

  @Override
  public CgroupReading read() throws IOException {
    Duration at = Duration.ofNanos(System.nanoTime());
    Path cpuacct = directory(Controller.CPUACCT);
    Path cpu = directories.get(Controller.CPU);
    Path memory = directories.get(Controller.MEMORY);
    Path blkio = directories.get(Controller.BLKIO);
    long throttled =
        cpu == null || !Files.exists(cpu.resolve("cpu.stat"))
            ? 0
            : CgroupFiles.keyedCounts(cpu.resolve("cpu.stat")).getOrDefault("throttled_time", 0L);
    return new CgroupReading(
        at,
        Duration.ofNanos(CgroupFiles.count(cpuacct.resolve("cpuacct.usage"))),
        Duration.ofNanos(throttled),
        memory == null
            ? Optional.empty()
            : Optional.of(
                new CgroupReading.Memory(
                    CgroupFiles.count(memory.resolve("memory.usage_in_bytes")),
                    CgroupFiles.count(memory.resolve("memory.max_usage_in_bytes")))),
        blkio == null ? Optional.empty() : blockBytes(blkio),
        // Pressure is kept for groups of the unified hierarchy only.
        Optional.empty());
  }

  private static Optional<CgroupReading.Disk> blockBytes(Path blkio) throws IOException {
    Path recursive = blkio.resolve("blkio.throttle.io_service_bytes_recursive");
    Path file =
        Files.exists(recursive) ? recursive : blkio.resolve("blkio.throttle.io_service_bytes");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    long read = 0;
    long written = 0;
    // 8:0 Read 4096, a line for each device and direction, and a last line "Total 4096".
    for (String line : CgroupFiles.read(file).split("\n", -1)) {
      String[] fields = line.split(" ", -1);
      if (fields.length == 3 && fields[1].equals("Read")) {
        read = CgroupFiles.sum(read, CgroupFiles.parseCount(file, fields[2]));
      } else if (fields.length == 3 && fields[1].equals("Write")) {
        written = CgroupFiles.sum(written, CgroupFiles.parseCount(file, fields[2]));
      }
    }
    return Optional.of(new CgroupReading.Disk(read, written));
  }

  private Path directory(Controller controller) throws IOException {
    Path directory = directories.get(controller);
    if (directory == null) {
      throw new IOException("the controller \"" + controller.fileName() + "\" is not mounted");
    }
    return directory;
  }
}
