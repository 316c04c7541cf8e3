package dev.holdfast.tests.fault;

import dev.holdfast.node.session.Allocator;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.Withdrawal;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * An allocator with gates: what it is told to apply goes on behind STATE_APPLYING until the one for
 * coming in is opened, and what it is told to withdraw waits at the one for going out.
 */
final class GatedAllocator implements Allocator {
  private final NodeRole role;
  private final ResourceVector capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, Allocation> held = new LinkedHashMap<>();
  private final Set<Allocation> applied = new HashSet<>();
  private final Set<String> told = new HashSet<>();
  private final Set<String> toldToWithdraw = new HashSet<>();
  private boolean open;
  private Exit exit = Exit.OPEN;
  private Runnable watcher = () -> {};

  /** The gate for what is withdrawn. */
  enum Exit {
    /** It is withdrawn, and that is said at once. */
    OPEN,
    /** Nothing is withdrawn. */
    CLOSED,
    /** It is withdrawn, but not said. */
    MUTE
  }

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
      if (open) {
        applied.add(desired);
      }
      told.add(desired.getReservation());
      changed.signalAll();
      return status(desired);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public AllocationStatus withdraw(String reservation, long generation)
      throws InterruptedException {
    lock.lockInterruptibly();
    try {
      toldToWithdraw.add(reservation);
      changed.signalAll();
      while (exit == Exit.CLOSED) {
        changed.await();
      }
      held.remove(reservation);
      applied.removeIf(one -> one.getReservation().equals(reservation));
      changed.signalAll();
      while (exit == Exit.MUTE) {
        changed.await();
      }
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
            applied.contains(allocation)
                ? AllocationStatus.State.STATE_APPLIED
                : AllocationStatus.State.STATE_APPLYING)
        .setObserved(allocation)
        .build();
  }

  /** What is held is applied from now on, and so is all that comes. */
  void openGate() {
    lock.lock();
    try {
      open = true;
      applied.addAll(held.values());
    } finally {
      lock.unlock();
    }
    watcher.run();
  }

  /** What comes from now on is not applied until the gate is opened again. */
  void closeGate() {
    lock.lock();
    try {
      open = false;
    } finally {
      lock.unlock();
    }
  }

  /** Sets the gate for what is withdrawn. */
  void exit(Exit next) {
    lock.lock();
    try {
      exit = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Forgets what it was told so far, but not what it holds. */
  void countAnew() {
    lock.lock();
    try {
      told.clear();
      toldToWithdraw.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until it was told of every one of these reservations. */
  boolean awaitTold(Set<String> reservations, Duration most) throws InterruptedException {
    return await(() -> told.containsAll(reservations), most);
  }

  /** Waits until it was told to withdraw what it holds for a reservation. */
  boolean awaitToldToWithdraw(String reservation, Duration most) throws InterruptedException {
    return await(() -> toldToWithdraw.contains(reservation), most);
  }

  /** Waits until it holds nothing for a reservation. */
  boolean awaitWithdrawn(String reservation, Duration most) throws InterruptedException {
    return await(() -> !held.containsKey(reservation), most);
  }

  private boolean await(BooleanSupplier so, Duration most) throws InterruptedException {
    long left = most.toNanos();
    lock.lockInterruptibly();
    try {
      while (!so.getAsBoolean() && left > 0) {
        left = changed.awaitNanos(left);
      }
      return so.getAsBoolean();
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
