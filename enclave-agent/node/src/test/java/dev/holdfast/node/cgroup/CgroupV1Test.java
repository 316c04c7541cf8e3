package dev.holdfast.node.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Groups of version 1 on the running kernel. */
final class CgroupV1Test {
  private static final long MIB = 1L << 20;

  private Cgroup top;
  private Cgroup group;

  @BeforeEach
  void makeAGroup() throws IOException {
    CgroupMounts mounts = CgroupMounts.ofThisProcess();
    Assumptions.assumeTrue(
        mounts.controller("cpu").isPresent() && mounts.controller("memory").isPresent(),
        "skipped: no control groups of version 1 are mounted here");
    top = Cgroup.below(mounts, "holdfast-test-" + ProcessHandle.current().pid());
    group = top.child("web.1");
    try {
      group.create();
    } catch (IOException e) {
      Assumptions.abort("skipped: control groups cannot be made here: " + e.getMessage());
    }
  }

  @AfterEach
  void removeTheGroup() throws IOException {
    if (group != null) {
      group.remove();
      top.remove();
      assertFalse(group.exists());
    }
  }

  @Test
  void aCpuLimitReadsBackAsWritten() throws IOException {
    assertInstanceOf(CgroupV1.class, group);
    assertEquals(OptionalLong.empty(), group.cpuLimitMillicores());
    for (long millicores : new long[] {250, 1, 9, 10, 4000, 5, 1500, 0, 750}) {
      group.limitCpu(OptionalLong.of(millicores));
      assertEquals(OptionalLong.of(millicores), group.cpuLimitMillicores());
    }
    group.limitCpu(OptionalLong.empty());
    assertEquals(OptionalLong.empty(), group.cpuLimitMillicores());
  }

  @Test
  void aMemoryLimitReadsBackInWholePages() throws IOException {
    assertEquals(OptionalLong.empty(), group.memoryLimitBytes());
    group.limitMemory(OptionalLong.of(64 * MIB + 1));
    assertEquals(OptionalLong.of(64 * MIB), group.memoryLimitBytes());
    group.limitMemory(OptionalLong.empty());
    assertEquals(OptionalLong.empty(), group.memoryLimitBytes());
  }

  @Test
  void aBusyProcessIsHeldToItsLimitAndMetered() throws Exception {
    group.limitCpu(OptionalLong.of(200));
    Process busy =
        start("read x; i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; echo done; read y");
    try (BufferedReader out = busy.inputReader(StandardCharsets.UTF_8)) {
      group.addProcess(busy.pid());
      assertTrue(group.processes().contains(busy.pid()));
      CgroupMeter meter = new CgroupMeter(group);
      var in = busy.outputWriter(StandardCharsets.UTF_8);
      in.write("go\n");
      in.flush();
      assertEquals("done", out.readLine());
      CgroupUsage usage = meter.sample().orElseThrow();
      assertTrue(usage.cpuMillicores() > 20, usage::toString);
      // Each period may be overrun by a slice on each processor, and the first and the last are
      // cut short: it runs over many.
      assertTrue(usage.cpuMillicores() < 400, usage::toString);
      assertTrue(usage.throttled().isPositive(), usage::toString);
      assertTrue(usage.memoryPeakBytes() > 0, usage::toString);
    } finally {
      busy.destroyForcibly();
      assertTrue(busy.waitFor(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void theGroupOfAProcessIsFoundByItsId() throws Exception {
    Process idle = start("read x");
    try {
      group.addProcess(idle.pid());
      assertEquals(group, Cgroup.ofProcess(idle.pid()));
    } finally {
      idle.destroyForcibly();
      assertTrue(idle.waitFor(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void noNameLeadsOutOfTheGroup() {
    for (String name :
        new String[] {
          "",
          ".",
          "..",
          "../x",
          "a/b",
          "/etc",
          "a\0b",
          ".hidden",
          "a b",
          "cgroup.procs",
          "tasks",
          "memory.limit_in_bytes",
          "é",
          "a\n",
          "x".repeat(129)
        }) {
      assertThrows(IllegalArgumentException.class, () -> group.child(name), name);
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> Cgroup.below(CgroupMounts.ofThisProcess(), "holdfast/../.."));
  }

  private static Process start(String script) throws IOException {
    return new ProcessBuilder("/bin/sh", "-c", script).start();
  }
}
