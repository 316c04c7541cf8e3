package dev.holdfast.infrastructure;

import com.google.rpc.Code;
import dev.holdfast.node.cgroup.Cgroup;
import dev.holdfast.node.session.Allocator;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.HypervisorAllocation;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A hypervisor whose machines are control groups: an allocation sets the CPU quota and the memory
 * limit of one machine, and what is reported is read back from the kernel.
 *
 * <p>A machine without a CPU limit may take what its virtual processors can: a thousand millicores
 * each. A limit that was changed behind the controller's back is set again when it is next looked
 * at.
 */
public final class HypervisorController implements Allocator {
  private static final int MACHINE_BYTES_MAX = 128;
  private static final int VCPU_COUNT_MAX = 4096;

  /** A group that was there before its allocation is left there after it. */
  private static final int FOUND = 0;

  private static final int MADE = 1;

  private final Cgroup root;
  private final ResourceVector capacity;
  private final HeldAllocations held;

  /**
   * A controller of the machines below one group.
   *
   * @param root the group, made if it is not there
   * @param capacity what all machines together may be given
   * @param state where what is held is kept
   */
  public HypervisorController(Cgroup root, ResourceVector capacity, Path state) throws IOException {
    this.root = root;
    this.capacity = capacity;
    this.held = new HeldAllocations(state);
    root.create();
  }

  @Override
  public NodeRole role() {
    return NodeRole.NODE_ROLE_HYPERVISOR;
  }

  @Override
  public ResourceVector capacity() {
    return capacity;
  }

  @Override
  public Set<Resource> resources() {
    return Set.of(Resource.RESOURCE_CPU_MILLICORES, Resource.RESOURCE_MEMORY_BYTES);
  }

  /** The group of each machine held, by its reservation. */
  public synchronized Map<String, Cgroup> machines() {
    Map<String, Cgroup> machines = new LinkedHashMap<>();
    for (HeldAllocations.Held one : held.all()) {
      machines.put(
          one.allocation().getReservation(),
          root.child(one.allocation().getHypervisor().getMachine()));
    }
    return machines;
  }

  @Override
  public synchronized AllocationStatus apply(Allocation desired) {
    Optional<HeldAllocations.Held> before = held.get(desired.getReservation());
    if (before.isPresent() && before.get().allocation().getGeneration() > desired.getGeneration()) {
      return status(before.get());
    }
    try {
      Cgroup machine = checked(desired, before);
      boolean found = machine.exists();
      int tag = before.map(HeldAllocations.Held::tag).orElse(found ? FOUND : MADE);
      machine.create();
      HypervisorAllocation wanted = desired.getHypervisor();
      requireRoom(machine, wanted);
      // Written down first: what a crash leaves half done is done again, or undone, from there.
      HeldAllocations.Held next = new HeldAllocations.Held(desired, tag);
      held.put(next);
      setLimits(machine, wanted);
      return Statuses.applied(observed(desired, machine));
    } catch (AllocationRefused refusal) {
      return Statuses.failed(inForce(desired, before), refusal.status());
    } catch (IOException e) {
      return Statuses.failed(inForce(desired, before), Statuses.failure(e));
    }
  }

  private Cgroup checked(Allocation desired, Optional<HeldAllocations.Held> before)
      throws AllocationRefused {
    if (!desired.hasHypervisor()) {
      throw AllocationRefused.invalid(
          "detail", "a hypervisor takes hypervisor allocations, not " + desired.getDetailCase());
    }
    HypervisorAllocation wanted = desired.getHypervisor();
    if (wanted.getMachine().length() > MACHINE_BYTES_MAX) {
      throw AllocationRefused.invalid("machine", "a machine's name has at most 128 bytes");
    }
    requireRange("vcpu_count", wanted.getVcpuCount(), 1, VCPU_COUNT_MAX);
    requireRange("memory_bytes", wanted.getMemoryBytes(), 0, Cgroup.LIMIT_MAX);
    requireRange("cpu_limit_millicores", wanted.getCpuLimitMillicores(), 0, Cgroup.LIMIT_MAX);
    if (wanted.getGpuMillidevices() != 0 || wanted.getGpuMemoryBytes() != 0) {
      throw AllocationRefused.unsupported(
          "gpu_millidevices", "this hypervisor has no GPU to share");
    }
    if (before.isPresent()
        && !before.get().allocation().getHypervisor().getMachine().equals(wanted.getMachine())) {
      throw AllocationRefused.invalid(
          "machine",
          "the reservation holds machine \""
              + before.get().allocation().getHypervisor().getMachine()
              + "\"; withdraw that first");
    }
    for (HeldAllocations.Held other : held.all()) {
      if (other.allocation().getHypervisor().getMachine().equals(wanted.getMachine())
          && !other.allocation().getReservation().equals(desired.getReservation())) {
        throw new AllocationRefused(
            Code.ALREADY_EXISTS,
            "MACHINE_TAKEN",
            "machine \"" + wanted.getMachine() + "\" serves another reservation",
            Map.of("machine", wanted.getMachine()));
      }
    }
    try {
      return root.child(wanted.getMachine());
    } catch (IllegalArgumentException e) {
      throw AllocationRefused.invalid("machine", String.valueOf(e.getMessage()));
    }
  }

  private static void requireRange(String field, long value, long least, long most)
      throws AllocationRefused {
    if (value < least || value > most) {
      throw AllocationRefused.invalid(
          field, field + " is " + value + ", and must be from " + least + " to " + most);
    }
  }

  private static void requireRoom(Cgroup machine, HypervisorAllocation wanted)
      throws IOException, AllocationRefused {
    long inUse = machine.workingSetBytes();
    if (wanted.getMemoryBytes() < inUse) {
      throw new AllocationRefused(
          Code.FAILED_PRECONDITION,
          "MEMORY_IN_USE",
          "machine \""
              + wanted.getMachine()
              + "\" uses "
              + inUse
              + " bytes of memory and cannot be held to "
              + wanted.getMemoryBytes()
              + ". Free memory in the machine, or ask for more.",
          Map.of(
              "machine", wanted.getMachine(),
              "memory_bytes_in_use", Long.toString(inUse),
              "memory_bytes", Long.toString(wanted.getMemoryBytes())));
    }
  }

  private static void setLimits(Cgroup machine, HypervisorAllocation wanted) throws IOException {
    // Memory first: it is the one that can fail.
    machine.limitMemory(OptionalLong.of(wanted.getMemoryBytes()));
    machine.limitCpu(OptionalLong.of(cpuLimit(wanted)));
  }

  private static long cpuLimit(HypervisorAllocation wanted) {
    return wanted.hasCpuLimitMillicores()
        ? wanted.getCpuLimitMillicores()
        : wanted.getVcpuCount() * 1000L;
  }

  /** What the kernel says is in force; a limit that is not there is left out. */
  private static Allocation observed(Allocation told, Cgroup machine) throws IOException {
    HypervisorAllocation.Builder seen =
        HypervisorAllocation.newBuilder()
            .setMachine(told.getHypervisor().getMachine())
            .setVcpuCount(told.getHypervisor().getVcpuCount());
    machine.cpuLimitMillicores().ifPresent(seen::setCpuLimitMillicores);
    machine.memoryLimitBytes().ifPresent(seen::setMemoryBytes);
    return told.toBuilder().setHypervisor(seen).build();
  }

  private Allocation inForce(Allocation desired, Optional<HeldAllocations.Held> before) {
    Optional<HeldAllocations.Held> now = held.get(desired.getReservation()).or(() -> before);
    if (now.isEmpty()) {
      return Statuses.nothing(desired.getReservation(), desired.getGeneration());
    }
    try {
      Allocation told = now.get().allocation();
      return observed(told, root.child(told.getHypervisor().getMachine()));
    } catch (IOException _) {
      // The group is gone: nothing of it is in force.
      return Statuses.nothing(desired.getReservation(), now.get().allocation().getGeneration());
    }
  }

  private AllocationStatus status(HeldAllocations.Held one) {
    Allocation told = one.allocation();
    Cgroup machine = root.child(told.getHypervisor().getMachine());
    try {
      machine.create();
      if (!asTold(machine, told.getHypervisor())) {
        requireRoom(machine, told.getHypervisor());
        setLimits(machine, told.getHypervisor());
      }
      return Statuses.applied(observed(told, machine));
    } catch (AllocationRefused refusal) {
      return Statuses.failed(inForce(told, Optional.of(one)), refusal.status());
    } catch (IOException e) {
      return Statuses.failed(inForce(told, Optional.of(one)), Statuses.failure(e));
    }
  }

  /** The kernel keeps memory in whole pages. */
  private static boolean asTold(Cgroup machine, HypervisorAllocation told) throws IOException {
    OptionalLong memory = machine.memoryLimitBytes();
    return machine.cpuLimitMillicores().equals(OptionalLong.of(cpuLimit(told)))
        && memory.isPresent()
        && memory.getAsLong() <= told.getMemoryBytes()
        && told.getMemoryBytes() - memory.getAsLong() < (1 << 16);
  }

  @Override
  public synchronized AllocationStatus withdraw(String reservation, long generation) {
    Optional<HeldAllocations.Held> before = held.get(reservation);
    if (before.isEmpty()) {
      return Statuses.withdrawn(reservation, generation);
    }
    if (before.get().allocation().getGeneration() > generation) {
      return status(before.get());
    }
    Cgroup machine = root.child(before.get().allocation().getHypervisor().getMachine());
    try {
      if (machine.exists()) {
        if (before.get().tag() == MADE && machine.processes().isEmpty()) {
          machine.remove();
        } else {
          machine.limitMemory(OptionalLong.empty());
          machine.limitCpu(OptionalLong.empty());
        }
      }
      held.remove(reservation);
      return Statuses.withdrawn(reservation, generation);
    } catch (IOException e) {
      return Statuses.failed(inForce(before.get().allocation(), before), Statuses.failure(e));
    }
  }

  @Override
  public synchronized List<AllocationStatus> held() {
    List<AllocationStatus> statuses = new ArrayList<>();
    held.all().forEach(one -> statuses.add(status(one)));
    return statuses;
  }
}
