package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.node.cgroup.Cgroup;
import dev.holdfast.node.cgroup.CgroupMeter;
import dev.holdfast.node.cgroup.CgroupReading;
import dev.holdfast.node.cgroup.CgroupV1;
import dev.holdfast.node.cgroup.CgroupV2;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The files of a control group, of either version: a reading in range, or an IOException. */
final class ControlGroupTarget implements Target {
  private static final RecordedFiles FILES =
      new RecordedFiles(
          "group",
          List.of(
              "cpu.stat",
              "memory.current",
              "memory.peak",
              "io.stat",
              "cpu.pressure",
              "memory.pressure",
              "io.pressure",
              "cpu.max",
              "cgroup.freeze",
              "memory.max",
              "memory.stat",
              "cgroup.procs"));

  private static final RecordedFiles FILES_V1 =
      new RecordedFiles(
          "group-1",
          List.of(
              "cpuacct.usage",
              "cpu.stat",
              "memory.usage_in_bytes",
              "memory.max_usage_in_bytes",
              "blkio.throttle.io_service_bytes",
              "cpu.cfs_quota_us",
              "cpu.cfs_period_us",
              "freezer.self_freezing",
              "memory.limit_in_bytes",
              "memory.stat",
              "cgroup.procs"));

  /** One reader of a group. */
  private interface Reader {
    void read(Cgroup group) throws IOException;
  }

  private static final List<Reader> READERS =
      List.of(
          group -> require(group.read()),
          group -> require(group.cpuLimitMillicores()),
          group -> require(group.memoryLimitBytes()),
          group -> require(OptionalLong.of(group.workingSetBytes())),
          Cgroup::processes);

  @Override
  public Class<?> reader() {
    return CgroupV2.class;
  }

  @Override
  public List<Bytes> seeds() {
    String pressure = "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n";
    return List.of(
        RecordedFiles.input(
            "usage_usec 2500000\nnr_throttled 3\nthrottled_usec 120000\n",
            "8388608\n",
            "16777216\n",
            "8:0 rbytes=4096 wbytes=100 rios=1\n8:16 rbytes=1000 wbytes=0\n",
            pressure,
            pressure,
            pressure,
            "50000 100000\n",
            "0\n",
            "max\n",
            "anon 4194304\ninactive_file 3145728\n",
            "17\n42\n"),
        RecordedFiles.input(
            "2500000\n",
            "nr_throttled 3\nthrottled_time 120000\n",
            "8388608\n",
            "16777216\n",
            "8:0 Read 4096\n8:0 Write 100\n8:16 Read 1000\nTotal 5196\n",
            "50000\n",
            "100000\n",
            "0\n",
            "9223372036854771712\n",
            "total_inactive_file 3145728\n",
            "17\n42\n"));
  }

  /** The files of one group. */
  @Override
  public void read(byte[] data) throws IOException {
    FILES.write(data);
    FILES_V1.write(data);
    Map<CgroupV1.Controller, Path> directories = new EnumMap<>(CgroupV1.Controller.class);
    for (CgroupV1.Controller controller : CgroupV1.Controller.values()) {
      directories.put(controller, FILES_V1.folder());
    }
    for (Cgroup group : List.of(new CgroupV2(FILES.folder()), new CgroupV1(directories))) {
      for (Reader reader : READERS) {
        try {
          reader.read(group);
        } catch (IOException _) {
          // The kernel wrote nothing of the kind.
        }
      }
    }
  }

  /** A reading has a rate, whatever it is: what it is made of refuses what is negative. */
  private static void require(CgroupReading now) {
    CgroupReading before =
        new CgroupReading(
            now.at().minusSeconds(1),
            Duration.ZERO,
            Duration.ZERO,
            Optional.of(new CgroupReading.Memory(0, 0)),
            Optional.of(new CgroupReading.Disk(0, 0)),
            Optional.empty());
    if (CgroupMeter.between(before, now).isEmpty()) {
      throw new IllegalStateException("a reading is below nothing");
    }
  }

  private static void require(OptionalLong limit) {
    if (limit.orElse(0) < 0) {
      throw new IllegalStateException("a limit is below nothing");
    }
  }
}
