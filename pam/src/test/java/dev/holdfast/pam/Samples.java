package dev.holdfast.pam;

import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.Run;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Origin;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Values that the tests of several packages begin with. */
public final class Samples {
  public static final Instant NOON = Instant.parse("2026-03-02T12:00:00Z");
  public static final TenantName ACME = new TenantName("acme");
  public static final TrustZoneName EDGE = new TrustZoneName("edge");
  public static final PathwayName PATH = new PathwayName("edge", "p1");
  public static final ChainName CHAIN = new ChainName(PATH, "c1");
  public static final ImageName IMAGE = new ImageName("ab".repeat(32));
  public static final Workload WORKLOAD =
      Workload.of(IMAGE, Optional.of("ann"), "batch", Map.of());
  public static final ProfileKey KEY = ProfileKey.of(ACME, WORKLOAD);
  public static final ResourceVector SMALL =
      ResourceVector.of(
          Map.of(Resource.CPU_MILLICORES, 500L, Resource.MEMORY_BYTES, 256L << 20));

  private Samples() {}

  public static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  public static ReservationName name(String id) {
    return new ReservationName(ACME, id);
  }

  public static Cause cause() {
    return new Cause("RELEASED", "It was released by its owner.", "", NOON);
  }

  public static Reservation reservation(String id, ReservationState state) {
    return new Reservation(
        name(id),
        WORKLOAD,
        EDGE,
        SMALL,
        Interval.from(NOON, Duration.ofHours(1)),
        0,
        Origin.CALLER,
        Optional.empty(),
        state,
        NOON,
        NOON);
  }

  public static Run run(String id, Instant start, Optional<Instant> end) {
    return new Run(name(id), EDGE, WORKLOAD, start, end);
  }

  public static UsageSample sample(
      String subject, long sequence, Instant endedAt, Duration period, ResourceVector usage) {
    return new UsageSample(
        subject, sequence, endedAt, period, usage, Optional.empty(), Map.of());
  }

  /** A pathway of its own hypervisor, switch, storage controller and enclave. */
  public static Pathway pathway(String id, String hypervisor) {
    return new Pathway(
        new PathwayName("edge", id),
        List.of(
            new Hop(Role.HYPERVISOR, new NodeName("edge", hypervisor)),
            new Hop(Role.SWITCH, new NodeName("edge", "switch")),
            new Hop(Role.STORAGE_CONTROLLER, new NodeName("edge", "storage")),
            new Hop(Role.ENCLAVE, new NodeName("edge", id + "-enclave"))));
  }
}
