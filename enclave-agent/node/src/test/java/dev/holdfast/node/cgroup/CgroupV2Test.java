package dev.holdfast.node.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups of version 2, on files as a kernel writes them. */
final class CgroupV2Test {
  @TempDir Path folder;
  private Path directory;
  private Cgroup group;

  @BeforeEach
  void recordedFiles() throws IOException {
    directory = Files.createDirectory(folder.resolve("app"));
    put("cgroup.procs", "17\n42\n");
    put("cgroup.freeze", "0\n");
    put("cpu.max", "max 100000\n");
    put(
        "cpu.stat",
        "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n"
            + "nr_periods 10\nnr_throttled 3\nthrottled_usec 120000\n");
    put("memory.max", "max\n");
    put("memory.current", "8388608\n");
    put("memory.peak", "16777216\n");
    put("memory.stat", "anon 4194304\nfile 4194304\ninactive_file 3145728\n");
    put(
        "io.stat",
        "8:0 rbytes=4096 wbytes=100 rios=1 wios=1 dbytes=0 dios=0\n"
            + "8:16 rbytes=1000 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n");
    for (String kind : new String[] {"cpu", "memory", "io"}) {
      put(
          kind + ".pressure",
          "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n"
              + "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
    }
    group =
        Cgroup.ofProcess(
            CgroupMounts.parse(
                "40 31 0:38 / " + folder + " rw,relatime shared:9 - cgroup2 cgroup2 rw\n"),
            "0::/app\n");
  }

  @Test
  void theUnifiedHierarchyIsUsedWhereNoControllerIsMountedByItself() {
    assertEquals(new CgroupV2(directory), group);
    assertTrue(group.exists());
  }

  @Test
  void countersAreReadInTheirUnits() throws IOException {
    CgroupReading reading = group.read();
    assertEquals(Duration.ofMillis(2500), reading.cpu());
    assertEquals(Duration.ofMillis(120), reading.throttled());
    assertEquals(new CgroupReading.Memory(8388608, 16777216), reading.memory().orElseThrow());
    assertEquals(new CgroupReading.Disk(5096, 100), reading.disk().orElseThrow());
    assertEquals(Duration.ofMillis(1500), reading.pressure().orElseThrow().cpu());
    assertEquals(8388608 - 3145728, group.workingSetBytes());
    assertEquals(2, group.processes().size());
  }

  @Test
  void limitsAreWrittenAsTheKernelTakesThem() throws IOException {
    group.limitCpu(OptionalLong.of(250));
    assertEquals("25000 100000\n", Files.readString(directory.resolve("cpu.max")));
    assertEquals(OptionalLong.of(250), group.cpuLimitMillicores());
    group.limitCpu(OptionalLong.of(3));
    assertEquals("3000 1000000\n", Files.readString(directory.resolve("cpu.max")));
    group.limitCpu(OptionalLong.of(0));
    assertEquals("1\n", Files.readString(directory.resolve("cgroup.freeze")));
    assertEquals(OptionalLong.of(0), group.cpuLimitMillicores());
    group.limitMemory(OptionalLong.of(1 << 20));
    assertEquals(OptionalLong.of(1 << 20), group.memoryLimitBytes());
    group.limitMemory(OptionalLong.empty());
    assertEquals("max\n", Files.readString(directory.resolve("memory.max")));
  }

  @Test
  void aGroupBelowGetsTheControllersOfTheOneAbove() throws IOException {
    put("cgroup.controllers", "cpu io memory pids\n");
    put("cgroup.subtree_control", "cpu memory\n");
    Cgroup below = group.child("job");
    below.create();
    assertTrue(below.exists());
    assertTrue(Files.readString(directory.resolve("cgroup.subtree_control")).startsWith("+io\n"));
    below.remove();
    assertFalse(below.exists());
    below.remove();
  }

  @Test
  void brokenFilesAreRefusedByName() throws IOException {
    for (String broken : new String[] {"", "-3", "abc", "1 2", "9".repeat(30)}) {
      put("memory.current", broken);
      IOException refusal = assertThrows(IOException.class, group::read, broken);
      assertTrue(
          String.valueOf(refusal.getMessage()).contains("memory.current"), refusal::toString);
    }
    put("memory.current", "1".repeat(CgroupFiles.BYTES_MAX + 1));
    assertThrows(IOException.class, group::read);
    put("cpu.max", "100 0");
    assertThrows(IOException.class, group::cpuLimitMillicores);
  }

  @Test
  void aMembershipThatLeadsOutOfTheMountIsRefused() throws IOException {
    CgroupMounts container =
        CgroupMounts.parse("40 31 0:38 /box " + folder + " rw - cgroup2 cgroup2 rw\n");
    assertThrows(IOException.class, () -> Cgroup.ofProcess(container, "0::/app\n"));
    assertThrows(IOException.class, () -> Cgroup.ofProcess(container, "0::/box/../../etc\n"));
    assertThrows(IOException.class, () -> Cgroup.ofProcess(container, "what is this\n"));
    assertEquals(new CgroupV2(directory), Cgroup.ofProcess(container, "0::/box/app\n"));
  }

  @Test
  void escapedMountPointsAreRead() throws IOException {
    CgroupMounts mounts =
        CgroupMounts.parse("40 31 0:38 / /mnt/a\\040b rw - cgroup cgroup rw,cpu,cpuacct\n");
    assertEquals(Path.of("/mnt/a b"), mounts.controller("cpuacct").orElseThrow().point());
    assertThrows(
        IOException.class,
        () -> CgroupMounts.parse("40 31 0:38 / /mnt/a\\9 rw - cgroup cgroup rw,cpu\n"));
  }

  @Test
  void whatIsNoPathIsRefusedAndOtherMountsArePassedOver() throws IOException {
    String unified = "40 31 0:38 / " + folder + " rw - cgroup2 cgroup2 rw\n";
    CgroupMounts mounts =
        CgroupMounts.parse("41 31 0:39 / /mnt/a\\9 rw - ext4 /dev/sda rw\n" + unified);
    assertEquals(1, mounts.mounts().size());
    assertThrows(IOException.class, () -> Cgroup.ofProcess(mounts, "0::/a\0b\n"));
  }

  @Test
  void bytesThatTogetherDoNotFitAreAsGoodAsEndless() throws IOException {
    put("io.stat", "8:0 rbytes=9223372036854775807 wbytes=1\n8:16 rbytes=1 wbytes=2\n");
    assertEquals(new CgroupReading.Disk(Long.MAX_VALUE, 3), group.read().disk().orElseThrow());
  }

  private void put(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }
}
