package dev.holdfast.node.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups of version 1, on files as a kernel writes them. */
final class CgroupV1FilesTest {
  @TempDir private Path folder;
  private Cgroup group = new CgroupV1(Map.of(CgroupV1.Controller.CPU, Path.of("/")));

  @BeforeEach
  void recordedFiles() throws IOException {
    group =
        new CgroupV1(
            Map.of(
                CgroupV1.Controller.CPU, folder,
                CgroupV1.Controller.CPUACCT, folder,
                CgroupV1.Controller.BLKIO, folder));
    put("cpuacct.usage", "2500000\n");
    put("cpu.cfs_quota_us", "50000\n");
    put("cpu.cfs_period_us", "100000\n");
  }

  private void put(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  @Test
  void aLimitThatNoKernelTakesIsRefused() throws IOException {
    assertEquals(OptionalLong.of(500), group.cpuLimitMillicores());
    put("cpu.cfs_period_us", "0\n");
    assertThrows(IOException.class, group::cpuLimitMillicores);
  }

  @Test
  void aLimitIsNeverMoreThanTheMostOfAnyResource() throws IOException {
    put("cpu.cfs_quota_us", "9223372036854775\n");
    put("cpu.cfs_period_us", "1000\n");
    assertEquals(OptionalLong.of(Cgroup.LIMIT_MAX), group.cpuLimitMillicores());
  }

  @Test
  void bytesThatTogetherDoNotFitAreAsGoodAsEndless() throws IOException {
    put(
        "blkio.throttle.io_service_bytes",
        "8:0 Read 9223372036854775807\n8:16 Read 1\n8:0 Write 2\n8:16 Write 3\n");
    assertEquals(new CgroupReading.Disk(Long.MAX_VALUE, 5), group.read().disk().orElseThrow());
  }

  @Test
  void aProcessInNoGroupOfAMountedControllerIsRefused() throws IOException {
    CgroupMounts mounts =
        CgroupMounts.parse("40 31 0:38 / " + folder + " rw - cgroup cgroup rw,memory\n");
    assertThrows(IOException.class, () -> Cgroup.ofProcess(mounts, "4:cpu,cpuacct:/a\n"));
  }
}
