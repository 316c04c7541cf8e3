package dev.holdfast.tests.fault;

import dev.holdfast.node.session.Allocator;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.Withdrawal;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** An allocator whose work goes on, behind STATE_APPLYING, until its gate is opened. */
final class GatedAllocator implements Allocator {
  private final NodeRole role;
  private final ResourceVector capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, Allocation> held = new LinkedHashMap<>();
  private final Map<String, Integer> told = new HashMap<>();
  private boolean open;
  private Runnable watcher = () -> {};

  GatedAllocator(NodeRole role, ResourceVector capacity) {
    this.role = role;
    this.capacity = capacity;
  }

  @Override
  public NodeRole role() {
    return role;
  }

  @Override
  public ResourceVector capacity() {
    return capacity;
  }

  @Override
  public Set<Resource> resources() {
    return role == NodeRole.NODE_ROLE_HYPERVISOR
        ? Set.of(Resource.RESOURCE_CPU_MILLICORES, Resource.RESOURCE_MEMORY_BYTES)
        : Set.of();
  }

  @Override
  public AllocationStatus apply(Allocation desired) {
    lock.lock();
    try {
      held.put(desired.getReservation(), desired);
      told.merge(desired.getReservation(), 1, Integer::sum);
      changed.signalAll();
      return status(desired);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public AllocationStatus withdraw(String reservation, long generation) {
    lock.lock();
    try {
      held.remove(reservation);
      return AllocationStatus.newBuilder()
          .setState(AllocationStatus.State.STATE_WITHDRAWN)
          .setObserved(
              Allocation.newBuilder()
                  .setReservation(reservation)
                  .setGeneration(generation)
                  .setWithdrawal(Withdrawal.getDefaultInstance()))
          .build();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<AllocationStatus> held() {
    lock.lock();
    try {
      return held.values().stream().map(this::status).toList();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void watch(Runnable listener) {
    watcher = listener;
  }

  private AllocationStatus status(Allocation allocation) {
    return AllocationStatus.newBuilder()
        .setState(
            open ? AllocationStatus.State.STATE_APPLIED : AllocationStatus.State.STATE_APPLYING)
        .setObserved(allocation)
        .build();
  }

  /** What is held is applied from now on, and so is all that comes. */
  void openGate() {
    lock.lock();
    try {
      open = true;
    } finally {
      lock.unlock();
    }
    watcher.run();
  }

  /** Forgets what it was told so far, but not what it holds. */
  void countAnew() {
    lock.lock();
    try {
      told.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until it was told of every one of these reservations. */
  boolean awaitTold(Set<String> reservations, Duration most) throws InterruptedException {
    long left = most.toNanos();
    lock.lockInterruptibly();
    try {
      while (!told.keySet().containsAll(reservations) && left > 0) {
        left = changed.awaitNanos(Math.min(left, TimeUnit.SECONDS.toNanos(60)));
      }
      return told.keySet().containsAll(reservations);
    } finally {
      lock.unlock();
    }
  }

  /** The reservations that it holds something for. */
  Set<String> reservations() {
    lock.lock();
    try {
      return Set.copyOf(held.keySet());
    } finally {
      lock.unlock();
    }
  }
}
