package dev.holdfast.tests.fault.ledger;

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
import dev.holdfast.pam.model.RequestId;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.reservation.Origin;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.store.ledger.ChainRecord;
import dev.holdfast.store.ledger.ChainState;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.NodeRecord;
import dev.holdfast.store.ledger.RequestKey;
import dev.holdfast.store.seal.FileKeyProvider;
import dev.holdfast.store.seal.KeyProvider;
import dev.holdfast.tests.fault.history.Amount;
import dev.holdfast.tests.fault.history.Site;
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
import java.util.UUID;

/**
 * Four pathways, each with a hypervisor and a tenant of its own; two and two share a switch. A
 * hypervisor has room for about eight reservations, a switch for about twelve.
 */
final class Plot {
  /** When it was laid out. */
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  /** How long its chains are good, from then on. */
  static final Duration CHAINS = Duration.ofDays(7);

  /** What wraps the keys that rows are sealed under. */
  static final KeyProvider KEYS = keys();

  static final long CPU = 2_000;
  static final long NETWORK = 3_000;

  private static final int PATHWAYS = 4;
  private static final String ZONE = "edge";

  private Plot() {}

  private static KeyProvider keys() {
    try {
      Path folder = Files.createTempDirectory("holdfast-keys");
      return FileKeyProvider.open(folder.resolve("wrapping"), new SecureRandom());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As histories know it. */
  static Site site() {
    var pathways = new HashMap<String, Site.Route>();
    var capacities = new HashMap<String, Long>();
    for (int i = 0; i < PATHWAYS; i++) {
      pathways.put("p" + i, new Site.Route("h" + i, "s" + i / 2));
      capacities.put("h" + i, CPU);
      capacities.put("s" + i / 2, NETWORK);
    }
    return new Site(pathways, capacities);
  }

  static String pathway(int number) {
    return "p" + number % PATHWAYS;
  }

  /** Makes all of it in a ledger that leads. */
  static void layOut(Ledger ledger) {
    for (int i = 0; i < PATHWAYS; i++) {
      TenantName tenant = tenant("p" + i);
      make(ledger, "h" + i, Role.HYPERVISOR, Optional.empty(), amount(new Amount(CPU, 0)));
      if (i % 2 == 0) {
        make(ledger, "s" + i / 2, Role.SWITCH, Optional.empty(), amount(new Amount(0, NETWORK)));
      }
      make(ledger, "e" + i, Role.ENCLAVE, Optional.of(tenant), ResourceVector.ZERO);
      PathwayName name = pathway("p" + i);
      ledger
          .pathways()
          .create(
              new Pathway(
                  name,
                  List.of(
                      new Hop(Role.HYPERVISOR, node("h" + i)),
                      new Hop(Role.SWITCH, node("s" + i / 2)),
                      new Hop(Role.ENCLAVE, node("e" + i)))),
              Bytes.EMPTY);
      ledger
          .pathways()
          .putChain(
              new ChainRecord(
                  CurrentChain.affirming(new ChainName(name, "c1"), START.plus(CHAINS)),
                  ChainState.LIVE,
                  Bytes.utf8("the chain")));
    }
  }

  private static void make(
      Ledger ledger, String id, Role role, Optional<TenantName> tenant, ResourceVector capacity) {
    ledger.nodes().create(NodeRecord.created(node(id), role, tenant, Optional.empty()));
    ledger.nodes().report(node(id), capacity);
  }

  static NodeName node(String id) {
    return new NodeName(ZONE, id);
  }

  static PathwayName pathway(String id) {
    return new PathwayName(ZONE, id);
  }

  /** Whose reservations are on a pathway. */
  static TenantName tenant(String pathway) {
    return new TenantName("t-" + pathway);
  }

  static ResourceVector amount(Amount amount) {
    ResourceVector vector = ResourceVector.ZERO;
    if (amount.cpu() > 0) {
      vector = vector.with(Resource.CPU_MILLICORES, amount.cpu());
    }
    return amount.network() > 0
        ? vector.with(Resource.NETWORK_BYTES_PER_SECOND, amount.network())
        : vector;
  }

  static Amount amount(ResourceVector vector) {
    return new Amount(
        vector.get(Resource.CPU_MILLICORES), vector.get(Resource.NETWORK_BYTES_PER_SECOND));
  }

  /** What is proposed for a request. */
  static Reservation pending(ReservationName name, Amount amount) {
    return new Reservation(
        name,
        Workload.of(new ImageName("ab".repeat(32)), Optional.of("ann"), "web", Map.of()),
        new TrustZoneName(ZONE),
        amount(amount),
        new Interval(START, START.plus(CHAINS)),
        5,
        Origin.CALLER,
        Optional.empty(),
        new ReservationState.Pending(Optional.empty()),
        START,
        START);
  }

  /** The request id behind a request's number. */
  static RequestKey key(int request) {
    var id = new UUID(0x4000L | (long) request << 16, 0x8000000000000000L | request);
    return new RequestKey(new RequestId(id), Bytes.of(new byte[32]));
  }
}
