package dev.holdfast.enclave;

import com.google.rpc.Code;
import dev.holdfast.node.session.Allocator;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.EnclaveAllocation;
import dev.holdfast.proto.node.v1.Withdrawal;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An enclave's part in reservations: it gets nothing ready of its own, and acknowledges the
 * generation. What it is told ends with the process, as do the grants. Content is not brought into
 * the enclave, and what is reported as observed leaves it out.
 */
public final class EnclaveAllocator implements Allocator {
  private static final int ALLOCATIONS_MAX = 1_000;

  private final Map<String, Allocation> held = new LinkedHashMap<>();

  @Override
  public NodeRole role() {
    return NodeRole.NODE_ROLE_ENCLAVE;
  }

  @Override
  public ResourceVector capacity() {
    return ResourceVector.getDefaultInstance();
  }

  /** It allots nothing, and meters what control groups tell. */
  @Override
  public Set<Resource> resources() {
    return EnumSet.of(
        Resource.RESOURCE_CPU_MILLICORES,
        Resource.RESOURCE_MEMORY_BYTES,
        Resource.RESOURCE_DISK_READ_BYTES_PER_SECOND,
        Resource.RESOURCE_DISK_WRITE_BYTES_PER_SECOND);
  }

  @Override
  public synchronized AllocationStatus apply(Allocation desired) {
    Allocation before = held.get(desired.getReservation());
    if (before != null && before.getGeneration() > desired.getGeneration()) {
      return applied(before);
    }
    if (!desired.hasEnclave()) {
      return failed(
          desired,
          new BrokerProblem(
              Code.INVALID_ARGUMENT,
              "INVALID_ALLOCATION",
              "an enclave takes enclave allocations, not " + desired.getDetailCase(),
              Map.of("field", "detail")));
    }
    if (before == null && held.size() >= ALLOCATIONS_MAX) {
      return failed(
          desired,
          new BrokerProblem(
              Code.RESOURCE_EXHAUSTED,
              "TOO_MANY_ALLOCATIONS",
              "an enclave holds at most " + ALLOCATIONS_MAX + " allocations",
              Map.of()));
    }
    held.put(desired.getReservation(), desired);
    return applied(desired);
  }

  private static AllocationStatus applied(Allocation told) {
    return AllocationStatus.newBuilder()
        .setState(AllocationStatus.State.STATE_APPLIED)
        .setObserved(told.toBuilder().setEnclave(EnclaveAllocation.getDefaultInstance()))
        .build();
  }

  private static AllocationStatus failed(Allocation desired, BrokerProblem problem) {
    return AllocationStatus.newBuilder()
        .setState(AllocationStatus.State.STATE_FAILED)
        .setObserved(nothing(desired.getReservation(), desired.getGeneration()))
        .setError(problem.status())
        .build();
  }

  private static Allocation nothing(String reservation, long generation) {
    return Allocation.newBuilder()
        .setReservation(reservation)
        .setGeneration(generation)
        .setWithdrawal(Withdrawal.getDefaultInstance())
        .build();
  }

  @Override
  public synchronized AllocationStatus withdraw(String reservation, long generation) {
    Allocation before = held.get(reservation);
    if (before != null && before.getGeneration() > generation) {
      return applied(before);
    }
    held.remove(reservation);
    return AllocationStatus.newBuilder()
        .setState(AllocationStatus.State.STATE_WITHDRAWN)
        .setObserved(nothing(reservation, generation))
        .build();
  }

  @Override
  public synchronized List<AllocationStatus> held() {
    List<AllocationStatus> statuses = new ArrayList<>();
    held.values().forEach(told -> statuses.add(applied(told)));
    return statuses;
  }
}
