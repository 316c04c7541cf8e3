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
import dev.holdfast.pam.model.RequestId;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Hold;
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

/** Tenants, each with a pathway of its own that it makes reservations on and gives them back. */
final class Sites {
  private static final String ZONE = "edge";
  private static final ResourceVector AMOUNT =
      ResourceVector.of(Map.of(Resource.CPU_MILLICORES, 500L, Resource.MEMORY_BYTES, 256L << 20));
  private static final ResourceVector CAPACITY =
      ResourceVector.of(
          Map.of(Resource.CPU_MILLICORES, 1_000_000L, Resource.MEMORY_BYTES, 1L << 40));

  private final Ledger ledger;
  private final Instant start = Instant.now().truncatedTo(ChronoUnit.MILLIS);
  private final AtomicLong next = new AtomicLong();

  /** Makes the nodes, pathways and live chains of this many tenants in an empty ledger. */
  Sites(Ledger ledger, int tenants) {
    this.ledger = ledger;
    for (int i = 0; i < tenants; i++) {
      NodeName hypervisor = new NodeName(ZONE, "h" + i);
      NodeName enclave = new NodeName(ZONE, "e" + i);
      ledger
          .nodes()
          .create(
              NodeRecord.created(hypervisor, Role.HYPERVISOR, Optional.empty(), Optional.empty()));
      ledger.nodes().report(hypervisor, CAPACITY);
      ledger
          .nodes()
          .create(
              NodeRecord.created(enclave, Role.ENCLAVE, Optional.of(tenant(i)), Optional.empty()));
      ledger
          .pathways()
          .create(
              new Pathway(
                  pathway(i),
                  List.of(new Hop(Role.HYPERVISOR, hypervisor), new Hop(Role.ENCLAVE, enclave))),
              Bytes.EMPTY);
      ledger
          .pathways()
          .putChain(
              new ChainRecord(
                  CurrentChain.affirming(
                      new ChainName(pathway(i), "c1"), start.plus(Duration.ofDays(1))),
                  ChainState.LIVE,
                  Bytes.EMPTY));
    }
  }

  private static TenantName tenant(int number) {
    return new TenantName("tenant-" + number);
  }

  private static PathwayName pathway(int number) {
    return new PathwayName(ZONE, "p" + number);
  }

  /** Makes one reservation of a tenant and gives it back: three transactions. */
  void cycle(int tenant) {
    var name = new ReservationName(tenant(tenant), "r" + next.incrementAndGet());
    Reservation pending =
        new Reservation(
            name,
            Workload.of(new ImageName("ab".repeat(32)), Optional.empty(), "batch", Map.of()),
            new TrustZoneName(ZONE),
            AMOUNT,
            new Interval(start, start.plus(Duration.ofDays(1))),
            0,
            Origin.CALLER,
            Optional.empty(),
            new ReservationState.Pending(Optional.empty()),
            start,
            start);
    Reservation made =
        ledger
            .reservations()
            .reserve(
                pending,
                new Admission(pathway(tenant), AMOUNT, Optional.of(CAPACITY)),
                new RequestKey(new RequestId(UUID.randomUUID()), Sha256.of(name.toString())))
            .value();
    Hold hold = made.hold().orElseThrow();
    ledger.reservations().release(name, new Cause("RELEASED", "for the benchmark", "", start));
    ledger.reservations().releaseDone(name, hold.generation());
  }
}
