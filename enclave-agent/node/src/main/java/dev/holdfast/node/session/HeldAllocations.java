package dev.holdfast.node.session;

import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.Withdrawal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node holds, behind a fence: no generation older than one seen reaches the allocator. */
final class HeldAllocations {
  /** What an allocation without an orphan lifetime is kept: the least that the wire allows. */
  static final Duration ORPHAN_LIFETIME_MIN = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(HeldAllocations.class);
  private static final int FENCES_MAX = 65_536;

  private final Allocator allocator;
  private final Map<String, Long> fences = new HashMap<>();
  private final Map<String, Duration> orphanLifetimes = new HashMap<>();

  HeldAllocations(Allocator allocator) {
    this.allocator = allocator;
    for (AllocationStatus status : allocator.held()) {
      remember(status.getObserved());
    }
  }

  private void remember(Allocation allocation) {
    fences.merge(allocation.getReservation(), allocation.getGeneration(), Math::max);
    Duration lifetime =
        Duration.ofSeconds(
            allocation.getOrphanLifetime().getSeconds(), allocation.getOrphanLifetime().getNanos());
    orphanLifetimes.put(
        allocation.getReservation(), lifetime.isPositive() ? lifetime : ORPHAN_LIFETIME_MIN);
  }

  /** Makes one allocation so, unless a newer generation was seen: then nothing changes. */
  synchronized AllocationStatus apply(Allocation desired) throws InterruptedException {
    String reservation = desired.getReservation();
    if (desired.getGeneration() < fences.getOrDefault(reservation, Long.MIN_VALUE)) {
      return current(reservation);
    }
    if (fences.size() >= FENCES_MAX) {
      Set<String> held = Set.copyOf(held().keySet());
      fences.keySet().retainAll(held);
      orphanLifetimes.keySet().retainAll(held);
    }
    remember(desired);
    try {
      return desired.hasWithdrawal()
          ? allocator.withdraw(reservation, desired.getGeneration())
          : allocator.apply(desired);
    } catch (RuntimeException e) {
      LOG.warn("allocation for {} failed", reservation, e);
      return AllocationStatus.newBuilder()
          .setState(AllocationStatus.State.STATE_FAILED)
          .setObserved(desired)
          .setError(
              Status.newBuilder()
                  .setCode(Code.INTERNAL_VALUE)
                  .setMessage("the allocator failed: " + e.getClass().getSimpleName()))
          .build();
    }
  }

  private AllocationStatus current(String reservation) {
    AllocationStatus held = held().get(reservation);
    return held != null
        ? held
        : AllocationStatus.newBuilder()
            .setState(AllocationStatus.State.STATE_WITHDRAWN)
            .setObserved(
                Allocation.newBuilder()
                    .setReservation(reservation)
                    .setGeneration(fences.getOrDefault(reservation, 0L))
                    .setWithdrawal(Withdrawal.getDefaultInstance()))
            .build();
  }

  /** What is held, by reservation. */
  Map<String, AllocationStatus> held() {
    Map<String, AllocationStatus> all = new LinkedHashMap<>();
    for (AllocationStatus status : allocator.held()) {
      all.put(status.getObserved().getReservation(), status);
    }
    return all;
  }

  /** Gives back what a whole snapshot did not name. */
  synchronized List<AllocationStatus> keepOnly(Set<String> named) throws InterruptedException {
    List<AllocationStatus> changed = new ArrayList<>();
    for (Map.Entry<String, AllocationStatus> held : held().entrySet()) {
      if (!named.contains(held.getKey())) {
        changed.add(withdraw(held.getKey()));
      }
    }
    return changed;
  }

  /** Gives back what has been without a session for longer than it may. */
  synchronized void withdrawOrphans(Duration silent) throws InterruptedException {
    for (String reservation : held().keySet()) {
      Duration lifetime = orphanLifetimes.getOrDefault(reservation, ORPHAN_LIFETIME_MIN);
      if (silent.compareTo(lifetime) >= 0) {
        LOG.warn("no session for {}: giving back {}", silent, reservation);
        withdraw(reservation);
      }
    }
  }

  private AllocationStatus withdraw(String reservation) throws InterruptedException {
    return apply(
        Allocation.newBuilder()
            .setReservation(reservation)
            .setGeneration(fences.getOrDefault(reservation, 0L))
            .setWithdrawal(Withdrawal.getDefaultInstance())
            .build());
  }
}
