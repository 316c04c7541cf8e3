package dev.holdfast.bench;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.RequestId;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.reservation.Origin;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.store.ledger.Admission;
import dev.holdfast.store.ledger.ChainRecord;
import dev.holdfast.store.ledger.ChainState;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.NodeRecord;
import dev.holdfast.store.ledger.RequestKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Pathways of four nodes to make reservations on: a hypervisor and an enclave each, switches and
 * storage controllers shared by eight of them.
 */
final class Sites {
  private static final String ZONE = "edge";
  private static final int SHARED_BY = 8;
  private static final int WORKERS = 64;
  private static final ResourceVector AMOUNT =
      ResourceVector.of(
          Map.of(
              Resource.CPU_MILLICORES, 500L,
              Resource.MEMORY_BYTES, 256L << 20,
              Resource.NETWORK_BYTES_PER_SECOND, 1_000_000L));
  private static final ResourceVector CAPACITY =
      ResourceVector.of(
          Map.of(
              Resource.CPU_MILLICORES, 1L << 45,
              Resource.MEMORY_BYTES, 1L << 49,
              Resource.NETWORK_BYTES_PER_SECOND, 1L << 49));

  private final Ledger ledger;
  private final int pathways;
  private final Instant start = Instant.now().truncatedTo(ChronoUnit.MILLIS);
  private final AtomicLong next;

  /** Makes the nodes, pathways and live chains in a ledger that is led and has none of them. */
  Sites(Ledger ledger, int pathways) throws Exception {
    this(ledger, pathways, new AtomicLong());
    int shared = (pathways + SHARED_BY - 1) / SHARED_BY;
    Parallel.each(WORKERS, shared, i -> node("sw" + i, Role.SWITCH));
    Parallel.each(WORKERS, shared, i -> node("st" + i, Role.STORAGE_CONTROLLER));
    Parallel.each(WORKERS, pathways, this::pathway);
  }

  private Sites(Ledger ledger, int pathways, AtomicLong next) {
    this.ledger = ledger;
    this.pathways = pathways;
    this.next = next;
  }

  /** The same, as another instance of the ledger has them. */
  Sites through(Ledger other) {
    return new Sites(other, pathways, next);
  }

  private void pathway(int number) {
    node("h" + number, Role.HYPERVISOR);
    node("e" + number, Role.ENCLAVE);
    int shared = number / SHARED_BY;
    ledger
        .pathways()
        .create(
            new Pathway(
                name(number),
                List.of(
                    new Hop(Role.HYPERVISOR, new NodeName(ZONE, "h" + number)),
                    new Hop(Role.SWITCH, new NodeName(ZONE, "sw" + shared)),
                    new Hop(Role.STORAGE_CONTROLLER, new NodeName(ZONE, "st" + shared)),
                    new Hop(Role.ENCLAVE, new NodeName(ZONE, "e" + number)))),
            Bytes.EMPTY);
    ledger
        .pathways()
        .putChain(
            new ChainRecord(
                CurrentChain.affirming(
                    new ChainName(name(number), "c1"), start.plus(Duration.ofDays(1))),
                ChainState.LIVE,
                Bytes.EMPTY));
  }

  private void node(String id, Role role) {
    var name = new NodeName(ZONE, id);
    Optional<TenantName> tenant =
        role == Role.ENCLAVE ? Optional.of(new TenantName("acme")) : Optional.empty();
    ledger.nodes().create(NodeRecord.created(name, role, tenant, Optional.empty()));
    ledger.nodes().report(name, role == Role.ENCLAVE ? ResourceVector.ZERO : CAPACITY);
  }

  private static PathwayName name(int number) {
    return new PathwayName(ZONE, "p" + number);
  }

  /** Makes one reservation, on the next pathway in turn. */
  void reserve() {
    reserve(AMOUNT);
  }

  /** Asks for more than any node has: it is refused. */
  void refused() {
    try {
      reserve(ResourceVector.of(Resource.CPU_MILLICORES, 1L << 46));
    } catch (Refusal refusal) {
      return;
    }
    throw new IllegalStateException("what no node has was reserved");
  }

  private void reserve(ResourceVector amount) {
    long number = next.incrementAndGet();
    var name = new ReservationName(new TenantName("acme"), "r" + number);
    Reservation pending =
        new Reservation(
            name,
            Workload.of(new ImageName("ab".repeat(32)), Optional.empty(), "batch", Map.of()),
            new TrustZoneName(ZONE),
            amount,
            new Interval(start, start.plus(Duration.ofDays(1))),
            0,
            Origin.CALLER,
            Optional.empty(),
            new ReservationState.Pending(Optional.empty()),
            start,
            start);
    ledger
        .reservations()
        .reserve(
            pending,
            new Admission(name((int) (number % pathways)), amount, Optional.empty()),
            new RequestKey(new RequestId(UUID.randomUUID()), Sha256.of(name.toString())));
  }
}
