package dev.holdfast.infrastructure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import dev.holdfast.node.cgroup.Cgroup;
import dev.holdfast.node.cgroup.CgroupMounts;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.HypervisorAllocation;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Allocations on the running kernel's control groups. */
final class HypervisorControllerTest {
  private static final String RESERVATION = "tenants/t/reservations/r1";
  private static final long MIB = 1L << 20;

  @TempDir Path state;
  private Cgroup root;
  private HypervisorController controller;

  @BeforeEach
  void open() throws IOException {
    CgroupMounts mounts = CgroupMounts.ofThisProcess();
    Assumptions.assumeFalse(
        mounts.mounts().isEmpty(), "skipped: no control groups are mounted here");
    root = Cgroup.below(mounts, "holdfast-hypervisor-test-" + ProcessHandle.current().pid());
    try {
      root.create();
      root.child("probe").create();
      root.child("probe").limitMemory(OptionalLong.of(MIB));
      root.child("probe").remove();
    } catch (IOException e) {
      Assumptions.abort("skipped: control groups cannot be made here: " + e.getMessage());
    }
    controller = new HypervisorController(root, ResourceVector.getDefaultInstance(), state);
  }

  @AfterEach
  void remove() throws IOException {
    if (root != null) {
      root.child("vm-1").remove();
      root.remove();
    }
  }

  @Test
  void anAllocationBecomesTheKernelsLimitsAndIsReadBack() throws IOException {
    AllocationStatus status = controller.apply(allocation(3, 250, 64 * MIB));
    assertEquals(AllocationStatus.State.STATE_APPLIED, status.getState());
    assertEquals(allocation(3, 250, 64 * MIB), status.getObserved());
    assertEquals(OptionalLong.of(250), root.child("vm-1").cpuLimitMillicores());
    assertEquals(OptionalLong.of(64 * MIB), root.child("vm-1").memoryLimitBytes());
    assertEquals(status, controller.apply(allocation(3, 250, 64 * MIB)));
    assertEquals(status, controller.held().getFirst());
  }

  @Test
  void anOlderGenerationIsNotApplied() throws IOException {
    controller.apply(allocation(7, 500, 64 * MIB));
    AllocationStatus status = controller.apply(allocation(6, 100, 32 * MIB));
    assertEquals(7, status.getObserved().getGeneration());
    assertEquals(OptionalLong.of(500), root.child("vm-1").cpuLimitMillicores());
    assertEquals(7, controller.withdraw(RESERVATION, 6).getObserved().getGeneration());
    assertTrue(root.child("vm-1").exists());
  }

  @Test
  void aLimitChangedBehindTheControllersBackIsSetAgain() throws IOException {
    controller.apply(allocation(1, 300, 64 * MIB));
    root.child("vm-1").limitCpu(OptionalLong.empty());
    assertEquals(AllocationStatus.State.STATE_APPLIED, controller.held().getFirst().getState());
    assertEquals(OptionalLong.of(300), root.child("vm-1").cpuLimitMillicores());
  }

  @Test
  void whatIsHeldOutlivesTheProcess() throws IOException {
    controller.apply(allocation(2, 300, 64 * MIB));
    HypervisorController later =
        new HypervisorController(root, ResourceVector.getDefaultInstance(), state);
    assertEquals(allocation(2, 300, 64 * MIB), later.held().getFirst().getObserved());
  }

  @Test
  void withdrawalRemovesWhatWasMadeAndLiftsTheLimitsOfWhatWasFound() throws IOException {
    controller.apply(allocation(1, 300, 64 * MIB));
    assertEquals(
        AllocationStatus.State.STATE_WITHDRAWN, controller.withdraw(RESERVATION, 1).getState());
    assertFalse(root.child("vm-1").exists());
    root.child("vm-1").create();
    controller.apply(allocation(2, 300, 64 * MIB));
    controller.withdraw(RESERVATION, 2);
    assertTrue(root.child("vm-1").exists());
    assertEquals(OptionalLong.empty(), root.child("vm-1").cpuLimitMillicores());
    assertEquals(OptionalLong.empty(), root.child("vm-1").memoryLimitBytes());
    assertEquals(
        AllocationStatus.State.STATE_WITHDRAWN, controller.withdraw(RESERVATION, 2).getState());
  }

  @Test
  void memoryIsNotTakenFromUnderAWorkload() throws Exception {
    controller.apply(allocation(1, 1000, 256 * MIB));
    Process workload =
        new ProcessBuilder(
                "/bin/bash",
                "-c",
                "read go; x=$(head -c 50000000 /dev/zero | tr '\\0' x); echo ready; read end")
            .start();
    try (BufferedReader out = workload.inputReader(StandardCharsets.UTF_8)) {
      root.child("vm-1").addProcess(workload.pid());
      var in = workload.outputWriter(StandardCharsets.UTF_8);
      in.write("go\n");
      in.flush();
      assertEquals("ready", out.readLine());
      AllocationStatus status = controller.apply(allocation(2, 1000, 16 * MIB));
      assertEquals(AllocationStatus.State.STATE_FAILED, status.getState());
      assertEquals(Code.FAILED_PRECONDITION.getNumber(), status.getError().getCode());
      assertEquals(
          "MEMORY_IN_USE", status.getError().getDetails(0).unpack(ErrorInfo.class).getReason());
      assertEquals(1, status.getObserved().getGeneration());
      assertEquals(256 * MIB, status.getObserved().getHypervisor().getMemoryBytes());
      assertTrue(workload.isAlive());
    } finally {
      workload.destroyForcibly();
      assertTrue(workload.waitFor(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void machinesOutsideTheRootAndForeignDetailsAreRefused() {
    for (String machine :
        new String[] {"", "..", "../../x", "a/b", "cgroup.procs", "x".repeat(200)}) {
      Allocation.Builder bad = allocation(1, 100, MIB).toBuilder();
      bad.getHypervisorBuilder().setMachine(machine);
      AllocationStatus status = controller.apply(bad.build());
      assertEquals(AllocationStatus.State.STATE_FAILED, status.getState(), machine);
      assertEquals(Code.INVALID_ARGUMENT.getNumber(), status.getError().getCode());
    }
    AllocationStatus foreign =
        controller.apply(Allocation.newBuilder().setReservation(RESERVATION).build());
    assertEquals(AllocationStatus.State.STATE_FAILED, foreign.getState());
    assertTrue(controller.held().isEmpty());
  }

  @Test
  void oneMachineServesOneReservation() {
    controller.apply(allocation(1, 100, 64 * MIB));
    AllocationStatus second =
        controller.apply(
            allocation(1, 100, 64 * MIB).toBuilder()
                .setReservation("tenants/t/reservations/r2")
                .build());
    assertEquals(Code.ALREADY_EXISTS.getNumber(), second.getError().getCode());
  }

  private static Allocation allocation(long generation, long millicores, long memoryBytes) {
    return Allocation.newBuilder()
        .setReservation(RESERVATION)
        .setGeneration(generation)
        .setHypervisor(
            HypervisorAllocation.newBuilder()
                .setMachine("vm-1")
                .setVcpuCount(2)
                .setCpuLimitMillicores(millicores)
                .setMemoryBytes(memoryBytes))
        .build();
  }
}
