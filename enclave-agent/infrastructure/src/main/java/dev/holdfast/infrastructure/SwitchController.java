package dev.holdfast.infrastructure;

import com.google.rpc.Code;
import dev.holdfast.node.session.Allocator;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.SwitchAllocation;
import dev.holdfast.proto.resource.v1.Flow;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A Linux switch: an allocation is an HTB class on one port, with the filters that lead its flows
 * there. What is reported is read back from the kernel; where that shows a rate only to three
 * digits, the rate told is reported if it is one of those that look so.
 */
public final class SwitchController implements Allocator {
  private static final int FLOWS_MAX = 256;
  private static final long RATE_MAX = 1L << 50;

  private final SwitchPort port;
  private final HeldAllocations held;

  /**
   * A controller of one port, whose present shaping it replaces by what it holds.
   *
   * @param namespace the network namespace; empty for this process's own
   * @param device the device in it
   * @param lineRateBytesPerSecond what the line carries, 1 to 2^40
   * @param state where what is held is kept
   */
  public SwitchController(
      Optional<String> namespace, String device, long lineRateBytesPerSecond, Path state)
      throws IOException {
    this.port = new SwitchPort(namespace, device, lineRateBytesPerSecond);
    this.held = new HeldAllocations(state);
    port.setUp();
    for (HeldAllocations.Held one : held.all()) {
      try {
        port.set(wanted(one.allocation(), one.tag()), true);
      } catch (AllocationRefused e) {
        throw new IOException("what was held before cannot be held now: " + e.getMessage(), e);
      }
    }
  }

  @Override
  public NodeRole role() {
    return NodeRole.NODE_ROLE_SWITCH;
  }

  @Override
  public ResourceVector capacity() {
    return ResourceVector.newBuilder()
        .setNetworkBytesPerSecond(port.lineRateBytesPerSecond())
        .build();
  }

  @Override
  public Set<Resource> resources() {
    return Set.of(Resource.RESOURCE_NETWORK_BYTES_PER_SECOND);
  }

  /** What each reservation sent so far, and what was dropped of it. */
  public synchronized Map<String, Sent> traffic() throws IOException {
    Map<Integer, SwitchPort.Traffic> classes = port.traffic();
    Map<String, Sent> traffic = new LinkedHashMap<>();
    for (HeldAllocations.Held one : held.all()) {
      SwitchPort.Traffic seen = classes.get(one.tag());
      if (seen != null) {
        traffic.put(
            one.allocation().getReservation(),
            new Sent(seen.bytes(), seen.packets(), seen.dropped()));
      }
    }
    return traffic;
  }

  /**
   * Counters of one allocation, since it was made.
   *
   * @param bytes that left the port
   * @param packets that left the port
   * @param dropped packets that did not
   */
  public record Sent(long bytes, long packets, long dropped) {}

  @Override
  public synchronized AllocationStatus apply(Allocation desired) {
    Optional<HeldAllocations.Held> before = held.get(desired.getReservation());
    if (before.isPresent() && before.get().allocation().getGeneration() > desired.getGeneration()) {
      return status(before.get());
    }
    try {
      int minor = before.isPresent() ? before.get().tag() : freeMinor();
      SwitchPort.Wanted wanted = wanted(desired, minor);
      requireRoom(desired);
      HeldAllocations.Held next = new HeldAllocations.Held(desired, minor);
      held.put(next);
      port.set(wanted, true);
      return status(next);
    } catch (AllocationRefused refusal) {
      return Statuses.failed(inForce(desired, before), refusal.status());
    } catch (IOException e) {
      return Statuses.failed(inForce(desired, before), Statuses.failure(e));
    }
  }

  private int freeMinor() throws AllocationRefused {
    Set<Integer> taken = new HashSet<>();
    held.all().forEach(one -> taken.add(one.tag()));
    for (int minor = SwitchPort.MINOR_FIRST; minor <= SwitchPort.MINOR_LAST; minor++) {
      if (!taken.contains(minor)) {
        return minor;
      }
    }
    throw new AllocationRefused(
        Code.RESOURCE_EXHAUSTED, "CLASSES_EXHAUSTED", "the port has no free class left", Map.of());
  }

  private SwitchPort.Wanted wanted(Allocation desired, int minor) throws AllocationRefused {
    if (!desired.hasNetwork()) {
      throw AllocationRefused.invalid(
          "detail", "a switch takes network allocations, not " + desired.getDetailCase());
    }
    SwitchAllocation network = desired.getNetwork();
    requireRange("queue_priority", network.getQueuePriority(), 7);
    requireRange("rate_bytes_per_second_min", network.getRateBytesPerSecondMin(), RATE_MAX);
    requireRange("rate_bytes_per_second_max", network.getRateBytesPerSecondMax(), RATE_MAX);
    requireRange("burst_bytes", network.getBurstBytes(), 1L << 30);
    if (network.hasDscp()) {
      throw AllocationRefused.unsupported("dscp", "this switch does not mark packets");
    }
    if (network.getFlowsCount() < 1 || network.getFlowsCount() > FLOWS_MAX) {
      throw AllocationRefused.invalid(
          "flows",
          "an allocation has 1 to " + FLOWS_MAX + " flows, not " + network.getFlowsCount());
    }
    long most =
        network.hasRateBytesPerSecondMax()
            ? network.getRateBytesPerSecondMax()
            : port.lineRateBytesPerSecond();
    if (network.getRateBytesPerSecondMin() > most) {
      throw AllocationRefused.invalid(
          "rate_bytes_per_second_min",
          network.getRateBytesPerSecondMin() + " bytes per second guaranteed, but at most " + most);
    }
    List<FlowFilter> filters = new ArrayList<>();
    for (Flow flow : network.getFlowsList()) {
      filters.addAll(FlowFilter.of(flow));
    }
    return new SwitchPort.Wanted(
        minor,
        7 - network.getQueuePriority(),
        network.getRateBytesPerSecondMin(),
        most,
        network.hasBurstBytes() ? Optional.of(network.getBurstBytes()) : Optional.empty(),
        filters);
  }

  private static void requireRange(String field, long value, long most) throws AllocationRefused {
    if (value < 0 || value > most) {
      throw AllocationRefused.invalid(
          field, field + " is " + value + ", and must be from 0 to " + most);
    }
  }

  /** Guarantees together are never more than the line carries. */
  private void requireRoom(Allocation desired) throws AllocationRefused {
    long others = 0;
    for (HeldAllocations.Held one : held.all()) {
      if (!one.allocation().getReservation().equals(desired.getReservation())) {
        others += one.allocation().getNetwork().getRateBytesPerSecondMin();
      }
    }
    long asked = desired.getNetwork().getRateBytesPerSecondMin();
    long free = port.lineRateBytesPerSecond() - others;
    if (asked > free) {
      throw new AllocationRefused(
          Code.RESOURCE_EXHAUSTED,
          "LINE_EXHAUSTED",
          asked + " bytes per second cannot be guaranteed: " + free + " of the line are left",
          Map.of("asked", Long.toString(asked), "free", Long.toString(free)));
    }
  }

  private AllocationStatus status(HeldAllocations.Held one) {
    try {
      SwitchPort.Wanted wanted = wanted(one.allocation(), one.tag());
      SwitchPort.ShownClass seen = port.classes().get(one.tag());
      if (seen == null || !asTold(seen, wanted)) {
        // Changed behind the controller's back: set again.
        port.set(wanted, true);
        seen = port.classes().get(one.tag());
      }
      if (seen == null || !asTold(seen, wanted)) {
        throw new IOException(
            "class 1:%x is not what was set: %s".formatted(one.tag(), String.valueOf(seen)));
      }
      return Statuses.applied(one.allocation());
    } catch (AllocationRefused refusal) {
      return Statuses.failed(inForce(one.allocation(), Optional.of(one)), refusal.status());
    } catch (IOException e) {
      return Statuses.failed(inForce(one.allocation(), Optional.of(one)), Statuses.failure(e));
    }
  }

  private boolean asTold(SwitchPort.ShownClass seen, SwitchPort.Wanted wanted) {
    long ceiling =
        wanted.ceilingBytesPerSecond() == 0
            ? 1
            : Math.min(wanted.ceilingBytesPerSecond(), port.lineRateBytesPerSecond());
    return seen.priority() == wanted.priority()
        && seen.filters() == wanted.filters().size()
        && seen.rate().mayBe(Math.clamp(wanted.rateBytesPerSecond(), 1, ceiling))
        && seen.ceiling().mayBe(ceiling);
  }

  /** What the kernel has for a reservation when it is not what was told. */
  private Allocation inForce(Allocation desired, Optional<HeldAllocations.Held> before) {
    Optional<HeldAllocations.Held> now = held.get(desired.getReservation()).or(() -> before);
    try {
      SwitchPort.ShownClass seen = now.isEmpty() ? null : port.classes().get(now.get().tag());
      if (seen == null) {
        return Statuses.nothing(
            desired.getReservation(),
            now.map(one -> one.allocation().getGeneration()).orElse(desired.getGeneration()));
      }
      Allocation told = now.orElseThrow().allocation();
      SwitchAllocation.Builder network =
          SwitchAllocation.newBuilder()
              .setQueuePriority(7 - seen.priority())
              .setRateBytesPerSecondMin(seen.rate().bytesPerSecond())
              .setRateBytesPerSecondMax(seen.ceiling().bytesPerSecond());
      if (seen.filters() > 0) {
        network.addAllFlows(told.getNetwork().getFlowsList());
      }
      return told.toBuilder().setNetwork(network).build();
    } catch (IOException _) {
      return Statuses.nothing(desired.getReservation(), desired.getGeneration());
    }
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
    try {
      port.remove(before.get().tag());
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
