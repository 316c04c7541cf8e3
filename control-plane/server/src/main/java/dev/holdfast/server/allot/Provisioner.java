package dev.holdfast.server.allot;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.DesiredAllocations;
import dev.holdfast.proto.node.v1.EnclaveAllocation;
import dev.holdfast.proto.node.v1.HypervisorAllocation;
import dev.holdfast.proto.node.v1.SessionResponse;
import dev.holdfast.proto.node.v1.StorageAllocation;
import dev.holdfast.proto.node.v1.SwitchAllocation;
import dev.holdfast.proto.node.v1.Withdrawal;
import dev.holdfast.proto.policy.v1.Pathway;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.session.NodeSession;
import dev.holdfast.server.session.Sessions;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.server.wire.Write;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.PathwayRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings infrastructure to what the ledger says, and the ledger to what infrastructure did. It is
 * level triggered: each pass compares all that should be with all that nodes say is, so a pass that
 * was missed, repeated or interrupted changes nothing in the end.
 */
public final class Provisioner {
  private static final Logger LOG = LoggerFactory.getLogger(Provisioner.class);
  private static final int MESSAGE_MAX = 500;

  private final ServerConfig config;
  private final Ledger ledger;
  private final Sessions sessions;
  private final Journal journal;
  private final InstantSource clock;
  private final Map<NodeName, Instant> goneSince = new ConcurrentHashMap<>();
  private final Object monitor = new Object();
  private boolean woken;
  private long passes;

  /** One over these parts. */
  public Provisioner(
      ServerConfig config, Ledger ledger, Sessions sessions, Journal journal, InstantSource clock) {
    this.config = config;
    this.ledger = ledger;
    this.sessions = sessions;
    this.journal = journal;
    this.clock = clock;
  }

  /** Something changed: a pass is due. */
  public void wake() {
    synchronized (monitor) {
      woken = true;
      monitor.notifyAll();
    }
  }

  /** Waits until something changed, or {@code most} has passed. */
  public void awaitWork(Duration most) throws InterruptedException {
    long until = System.nanoTime() + most.toNanos();
    synchronized (monitor) {
      for (long left = millis(until); !woken && left > 0; left = millis(until)) {
        monitor.wait(left);
      }
      woken = false;
    }
  }

  /** Waits until another pass has ended, or {@code most} has passed. */
  public void awaitPass(Duration most) throws InterruptedException {
    long until = System.nanoTime() + most.toNanos();
    synchronized (monitor) {
      long before = passes;
      for (long left = millis(until); passes == before && left > 0; left = millis(until)) {
        monitor.wait(left);
      }
    }
  }

  private static long millis(long untilNanos) {
    return Math.ceilDiv(untilNanos - System.nanoTime(), 1_000_000L);
  }

  /** Tells a node everything that it should hold, as a snapshot. */
  public void introduce(NodeSession session) {
    LedgerSnapshot seen = ledger.snapshot();
    List<Allocation> all = desired(seen, session);
    all.forEach(
        allocation ->
            session.tell(
                ReservationName.parse(allocation.getReservation()), allocation.getGeneration()));
    int at = 0;
    do {
      int end = Math.min(all.size(), at + MESSAGE_MAX);
      session.send(
          SessionResponse.newBuilder()
              .setDesiredAllocations(
                  DesiredAllocations.newBuilder()
                      .setGeneration(session.nextDesiredGeneration())
                      .addAllAllocations(all.subList(at, end))
                      .setSnapshot(true)
                      .setSnapshotEnd(end == all.size())));
      at = end;
    } while (at < all.size());
    wake();
  }

  /** One pass. */
  public void pass() {
    LedgerSnapshot seen = ledger.snapshot();
    for (NodeSession session : sessions.all()) {
      if (session.trusted()) {
        tell(seen, session);
      }
    }
    noteWhoIsGone(seen);
    for (Reservation reservation : seen.reservations().values()) {
      try {
        advance(seen, reservation);
      } catch (dev.holdfast.pam.model.Refusal raced) {
        // Somebody else changed it since the snapshot: the next pass sees that.
        LOG.debug("{} was changed meanwhile: {}", reservation.name(), raced.getMessage());
        wake();
      }
    }
    synchronized (monitor) {
      passes++;
      monitor.notifyAll();
    }
  }

  private void tell(LedgerSnapshot seen, NodeSession session) {
    List<Allocation> news = new ArrayList<>();
    for (Allocation allocation : desired(seen, session)) {
      if (session.tell(
          ReservationName.parse(allocation.getReservation()), allocation.getGeneration())) {
        news.add(allocation);
      }
    }
    for (ReservationName held : session.holding()) {
      Reservation reservation = seen.reservations().get(held);
      boolean over = reservation == null || reservation.ended();
      boolean withdrawn =
          session
              .observed(held)
              .filter(status -> status.getState() == AllocationStatus.State.STATE_WITHDRAWN)
              .isPresent();
      if (over && withdrawn) {
        session.forget(held);
      } else if (over && session.tell(held, Long.MAX_VALUE)) {
        news.add(
            Allocation.newBuilder()
                .setReservation(held.toString())
                .setGeneration(
                    session.observed(held).map(s -> s.getObserved().getGeneration()).orElse(0L) + 1)
                .setOrphanLifetime(Write.span(config.pace().orphan()))
                .setWithdrawal(Withdrawal.getDefaultInstance())
                .build());
      }
    }
    for (int at = 0; at < news.size(); at += MESSAGE_MAX) {
      session.send(
          SessionResponse.newBuilder()
              .setDesiredAllocations(
                  DesiredAllocations.newBuilder()
                      .setGeneration(session.nextDesiredGeneration())
                      .addAllAllocations(
                          news.subList(at, Math.min(news.size(), at + MESSAGE_MAX)))));
    }
  }

  private List<Allocation> desired(LedgerSnapshot seen, NodeSession session) {
    List<Allocation> desired = new ArrayList<>();
    for (Reservation reservation : seen.reservations().values()) {
      reservation
          .hold()
          .flatMap(
              hold ->
                  Optional.ofNullable(seen.pathways().get(hold.pathway()))
                      .filter(record -> isOn(session.node(), record))
                      .map(record -> allocation(reservation, hold, record, session)))
          .ifPresent(desired::add);
    }
    return desired;
  }

  private static boolean isOn(NodeName node, PathwayRecord record) {
    return record.pathway().hops().stream().anyMatch(hop -> hop.node().equals(node));
  }

  private Allocation allocation(
      Reservation reservation, Hold hold, PathwayRecord record, NodeSession session) {
    Allocation.Builder allocation =
        Allocation.newBuilder()
            .setReservation(reservation.name().toString())
            .setGeneration(hold.generation())
            .setOrphanLifetime(Write.span(config.pace().orphan()));
    if (reservation.state() instanceof ReservationState.Releasing) {
      return allocation.setWithdrawal(Withdrawal.getDefaultInstance()).build();
    }
    dev.holdfast.proto.policy.v1.Hop hop = hop(record, session.node());
    ResourceVector amount = hold.amount();
    switch (session.role()) {
      case HYPERVISOR, ORCHESTRATOR ->
          allocation.setHypervisor(
              HypervisorAllocation.newBuilder()
                  .setMachine(hop.getMachine())
                  .setVcpuCount(
                      (int) Math.max(1, Math.ceilDiv(amount.get(Resource.CPU_MILLICORES), 1000)))
                  .setCpuLimitMillicores(amount.get(Resource.CPU_MILLICORES))
                  .setMemoryBytes(amount.get(Resource.MEMORY_BYTES)));
      case SWITCH ->
          allocation.setNetwork(
              SwitchAllocation.newBuilder()
                  .addAllFlows(hop.getFlows().getFlowsList())
                  .setQueuePriority(Math.min(7, reservation.priority() / 125))
                  .setRateBytesPerSecondMin(amount.get(Resource.NETWORK_BYTES_PER_SECOND)));
      case STORAGE_CONTROLLER ->
          allocation.setStorage(
              StorageAllocation.newBuilder()
                  .setVolume(hop.getVolume())
                  .addAllPrefetch(ResourceWire.contents(reservation.workload().prefetch()))
                  .setReadBytesPerSecondMax(amount.get(Resource.DISK_READ_BYTES_PER_SECOND))
                  .setWriteBytesPerSecondMax(amount.get(Resource.DISK_WRITE_BYTES_PER_SECOND))
                  .setStorageBytes(amount.get(Resource.STORAGE_BYTES)));
      case ENCLAVE -> allocation.setEnclave(EnclaveAllocation.getDefaultInstance());
    }
    return allocation.build();
  }

  private static dev.holdfast.proto.policy.v1.Hop hop(PathwayRecord record, NodeName node) {
    try {
      Pathway detail = Pathway.parseFrom(record.detail().toByteArray());
      return detail.getHopsList().stream()
          .filter(hop -> hop.getNode().equals(node.toString()))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException(node + " has no place on the pathway"));
    } catch (InvalidProtocolBufferException corrupt) {
      throw new IllegalStateException("the detail of " + record.pathway().name(), corrupt);
    }
  }

  private void noteWhoIsGone(LedgerSnapshot seen) {
    for (NodeName node : seen.nodes().keySet()) {
      if (sessions.of(node).isPresent()) {
        goneSince.remove(node);
      } else {
        goneSince.putIfAbsent(node, clock.instant());
      }
    }
  }

  private void advance(LedgerSnapshot seen, Reservation reservation) {
    switch (reservation.state()) {
      case ReservationState.Provisioning provisioning -> {
        if (everyHop(
            seen,
            provisioning.hold(),
            hop -> applied(hop, reservation.name(), provisioning.hold()))) {
          var now =
              ledger
                  .reservations()
                  .provisioned(reservation.name(), provisioning.hold().generation())
                  .value();
          if (now.state() instanceof ReservationState.Active) {
            journal.record(new Event.Activated(reservation.name()));
          }
        }
      }
      case ReservationState.Active active -> reclaimed(seen, reservation.name(), active.hold());
      case ReservationState.Releasing releasing -> {
        if (everyHop(
            seen, releasing.hold(), hop -> withdrawn(hop, reservation.name(), releasing.hold()))) {
          ledger.reservations().releaseDone(reservation.name(), releasing.hold().generation());
          journal.record(new Event.Ended(reservation.name(), releasing.cause().reason()));
        }
      }
      case ReservationState.Pending _,
          ReservationState.Suspended _,
          ReservationState.Released _,
          ReservationState.Failed _ -> {}
    }
  }

  private interface HopTest {
    boolean holds(Hop hop);
  }

  private static boolean everyHop(LedgerSnapshot seen, Hold hold, HopTest test) {
    PathwayRecord record = seen.pathways().get(hold.pathway());
    return record != null && record.pathway().hops().stream().allMatch(test::holds);
  }

  private boolean applied(Hop hop, ReservationName reservation, Hold hold) {
    return sessions
        .of(hop.node())
        .filter(NodeSession::trusted)
        .flatMap(session -> session.observed(reservation))
        .filter(
            status ->
                status.getState() == AllocationStatus.State.STATE_APPLIED
                    && status.getObserved().getGeneration() == hold.generation())
        .isPresent();
  }

  /** A node has given it back: it says so, or it is gone for longer than it keeps anything. */
  private boolean withdrawn(Hop hop, ReservationName reservation, Hold hold) {
    Optional<NodeSession> session = sessions.of(hop.node());
    if (session.isEmpty()) {
      Instant since = goneSince.getOrDefault(hop.node(), clock.instant());
      return since.plus(config.pace().orphan().multipliedBy(2)).isBefore(clock.instant());
    }
    Optional<AllocationStatus> status = session.get().observed(reservation);
    if (status.isEmpty()) {
      return session.get().synced();
    }
    return status.get().getState() == AllocationStatus.State.STATE_WITHDRAWN
        && status.get().getObserved().getGeneration() >= hold.generation();
  }

  /** A node that lost what it held is told again, and the reservation is not usable until then. */
  private void reclaimed(LedgerSnapshot seen, ReservationName name, Hold hold) {
    PathwayRecord record = seen.pathways().get(hold.pathway());
    if (record == null) {
      return;
    }
    for (Hop hop : record.pathway().hops()) {
      Optional<NodeSession> session =
          sessions.of(hop.node()).filter(NodeSession::trusted).filter(NodeSession::synced);
      boolean lost =
          session.isPresent()
              && session
                  .get()
                  .observed(name)
                  .map(s -> s.getState() == AllocationStatus.State.STATE_WITHDRAWN)
                  .orElse(true);
      if (lost) {
        ledger
            .reservations()
            .reclaimed(
                name,
                hold.generation(),
                new Cause(
                    "RECLAIMED",
                    "node \"" + hop.node() + "\" holds nothing of it any more and is told again",
                    hop.node().toString(),
                    clock.instant()));
        wake();
        return;
      }
    }
  }
}
