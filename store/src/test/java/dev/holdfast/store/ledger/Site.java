package dev.holdfast.store.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
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
import dev.holdfast.store.seal.FileKeyProvider;
import dev.holdfast.store.seal.KeyProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.function.Executable;

/**
 * Two pathways that share a switch: {@code one} over hypervisor h1 and {@code two} over h2; each
 * hypervisor has 10,000 millicores, the switch 15,000 bytes per second.
 */
final class Site {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  static final PathwayName ONE = new PathwayName("edge", "one");
  static final PathwayName TWO = new PathwayName("edge", "two");
  static final TenantName TENANT = new TenantName("acme");
  static final KeyProvider KEYS = keys();
  static final long CPU = 10_000;
  static final long NETWORK = 15_000;

  private Site() {}

  private static KeyProvider keys() {
    try {
      Path folder = Files.createTempDirectory("holdfast-keys");
      return FileKeyProvider.open(folder.resolve("wrapping"), new SecureRandom());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static NodeName node(String id) {
    return new NodeName("edge", id);
  }

  static Pathway pathway(PathwayName name, String hypervisor, String enclave) {
    return new Pathway(
        name,
        List.of(
            new Hop(Role.HYPERVISOR, node(hypervisor)),
            new Hop(Role.SWITCH, node("sw")),
            new Hop(Role.ENCLAVE, node(enclave))));
  }

  /** Makes everything that reservations need, with chains that last an hour. */
  static void build(Ledger ledger) {
    create(ledger, "h1", Role.HYPERVISOR, ResourceVector.of(Resource.CPU_MILLICORES, CPU));
    create(ledger, "h2", Role.HYPERVISOR, ResourceVector.of(Resource.CPU_MILLICORES, CPU));
    create(
        ledger, "sw", Role.SWITCH, ResourceVector.of(Resource.NETWORK_BYTES_PER_SECOND, NETWORK));
    create(ledger, "e1", Role.ENCLAVE, ResourceVector.ZERO);
    create(ledger, "e2", Role.ENCLAVE, ResourceVector.ZERO);
    ledger.pathways().create(pathway(ONE, "h1", "e1"), Bytes.utf8("machine=a"));
    ledger.pathways().create(pathway(TWO, "h2", "e2"), Bytes.EMPTY);
    attest(ledger, ONE, "c1", START.plus(Duration.ofHours(1)));
    attest(ledger, TWO, "c1", START.plus(Duration.ofHours(1)));
  }

  private static void create(Ledger ledger, String id, Role role, ResourceVector capacity) {
    Optional<TenantName> tenant = role == Role.ENCLAVE ? Optional.of(TENANT) : Optional.empty();
    ledger.nodes().create(NodeRecord.created(node(id), role, tenant, Optional.empty()));
    ledger.nodes().report(node(id), capacity);
  }

  static void attest(Ledger ledger, PathwayName pathway, String chain, Instant expiresAt) {
    ledger
        .pathways()
        .putChain(
            new ChainRecord(
                CurrentChain.affirming(new ChainName(pathway, chain), expiresAt),
                ChainState.LIVE,
                Bytes.utf8("the chain")));
  }

  static ResourceVector amount(long cpu, long network) {
    return ResourceVector.of(Resource.CPU_MILLICORES, cpu)
        .with(Resource.NETWORK_BYTES_PER_SECOND, network);
  }

  static Reservation pending(String id, ResourceVector amount) {
    return new Reservation(
        new ReservationName(TENANT, id),
        Workload.of(
            new ImageName("ab".repeat(32)),
            Optional.of("ann"),
            "web",
            Map.of("size", new dev.holdfast.pam.model.InputValue.Quantity(2.5))),
        new TrustZoneName("edge"),
        amount,
        new Interval(START, START.plus(Duration.ofHours(2))),
        5,
        Origin.CALLER,
        Optional.empty(),
        new ReservationState.Pending(Optional.empty()),
        START,
        START);
  }

  static Admission on(PathwayName pathway, ResourceVector amount) {
    return new Admission(pathway, amount, Optional.empty());
  }

  static RequestKey request(long number) {
    var random = new Random(number);
    long high = (random.nextLong() & ~0xf000L) | 0x4000L;
    long low = (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
    return new RequestKey(new RequestId(new UUID(high, low)), digest(0));
  }

  static Stored<Reservation> reserve(Ledger ledger, String id, long cpu, long network) {
    ResourceVector amount = amount(cpu, network);
    return ledger
        .reservations()
        .reserve(pending(id, amount), on(ONE, amount), request(id.hashCode()));
  }

  static Bytes digest(int number) {
    byte[] bytes = new byte[32];
    bytes[31] = (byte) number;
    return Bytes.of(bytes);
  }

  static Cause cause(String reason) {
    return new Cause(reason, "for the test", "", START);
  }

  static Hold hold(Reservation reservation) {
    return reservation.hold().orElseThrow();
  }

  static Problem refused(Executable call) {
    return assertThrows(Refusal.class, call).problem();
  }

  static void assertRefused(String reason, Executable call) {
    assertEquals(reason, refused(call).reason());
  }

  /** What must be true at every revision. */
  static void assertInvariants(LedgerSnapshot seen, String when) {
    assertTrue(seen.unreadable().isEmpty(), when);
    var sums = new HashMap<NodeName, ResourceVector>();
    var counts = new HashMap<NodeName, Integer>();
    ResourceVector tenant = ResourceVector.ZERO;
    for (Reservation reservation : seen.reservations().values()) {
      if (!(reservation.state() instanceof ReservationState.Holding holding)) {
        continue;
      }
      Hold hold = holding.hold();
      tenant = tenant.plus(hold.amount());
      PathwayRecord pathway = seen.pathways().get(hold.pathway());
      assertNotNull(pathway, when);
      for (Hop hop : pathway.pathway().hops()) {
        ResourceVector part = hold.amount().restrictedTo(Resource.allottedBy(hop.role()));
        sums.merge(hop.node(), part, ResourceVector::plus);
        counts.merge(hop.node(), 1, Integer::sum);
      }
    }
    for (NodeRecord node : seen.nodes().values()) {
      Held held = seen.heldOnNode().getOrDefault(node.name(), Held.NOTHING);
      assertEquals(
          sums.getOrDefault(node.name(), ResourceVector.ZERO), held.amount(), when + node.name());
      assertEquals(counts.getOrDefault(node.name(), 0), held.holds(), when + node.name());
      assertTrue(held.amount().fitsWithin(node.capacity()), when + "over-committed " + node.name());
    }
    assertEquals(
        tenant, seen.heldByTenant().getOrDefault(TENANT, Held.NOTHING).amount(), when + "tenant");
  }
}
