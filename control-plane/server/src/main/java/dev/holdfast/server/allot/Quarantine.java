package dev.holdfast.server.allot;

import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Capping;
import dev.holdfast.pam.profile.Doubt;
import dev.holdfast.pam.profile.Plausibility;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.server.learn.LatestOf;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.NodeRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides which samples teach: knows what was reported and held lately, and judges each sample by
 * it. Knows nothing when the server starts. Safe for several threads.
 */
final class Quarantine {
  private static final int SUBJECTS_MAX = 20_000;
  private static final int WITNESSED_MAX = 64;
  private static final int OTHERS_MAX = 16;
  private static final Duration LATELY = Duration.ofHours(1);

  private final Ledger ledger;
  private final HoldHistory holds = new HoldHistory();
  private final Map<String, UsageSample> latest = new LatestOf<>(SUBJECTS_MAX);
  private final Map<ReservationName, Deque<UsageSample>> witnessed = new LatestOf<>(SUBJECTS_MAX);
  private final Map<ProfileKey, Map<ReservationName, UsageSample>> byImage =
      new LatestOf<>(SUBJECTS_MAX);

  Quarantine(Ledger ledger) {
    this.ledger = ledger;
  }

  /** Takes note of what a machine metered of a reservation that it serves. */
  synchronized void witness(ReservationName reservation, UsageSample sample) {
    Deque<UsageSample> known = witnessed.computeIfAbsent(reservation, _ -> new ArrayDeque<>());
    known.addLast(sample);
    if (known.size() > WITNESSED_MAX) {
      known.removeFirst();
    }
  }

  /**
   * Why a sample that an agent took of a reservation is not believed; empty where it is.
   *
   * @param profile what is known of its image
   */
  synchronized Optional<Doubt> doubt(
      Reservation reservation, UsageSample sample, Profile profile, Instant now) {
    reservation.hold().ifPresent(hold -> holds.note(reservation.name(), hold.amount(), now));
    Map<ReservationName, UsageSample> others =
        byImage.computeIfAbsent(profile.key(), _ -> new LatestOf<>(OTHERS_MAX));
    Optional<Doubt> doubt =
        Plausibility.of(
            sample,
            new Plausibility.Circumstances(
                reservation.hold().map(this::capacity).orElse(ResourceVector.ZERO),
                holds.during(reservation.name(), sample),
                reservation.createdAt(),
                Optional.ofNullable(latest.get(sample.subject())),
                witnessed(reservation.name(), sample),
                Plausibility.usual(profile),
                most(others, reservation.name(), now)));
    others.put(reservation.name(), sample);
    if (doubt.isEmpty()) {
      latest.merge(
          sample.subject(),
          sample,
          (before, one) -> one.endedAt().isAfter(before.endedAt()) ? one : before);
    }
    return doubt;
  }

  /** The resources in which a sample that was judged used all that it was let. */
  Set<Resource> capped(Reservation reservation, UsageSample sample) {
    return Capping.of(sample, holds.during(reservation.name(), sample));
  }

  private Optional<ResourceVector> witnessed(ReservationName reservation, UsageSample sample) {
    Duration covered = Duration.ZERO;
    ResourceVector most = ResourceVector.ZERO;
    for (UsageSample other : witnessed.getOrDefault(reservation, new ArrayDeque<>())) {
      Instant from = later(sample.startedAt(), other.startedAt());
      Instant to = sample.endedAt().isBefore(other.endedAt()) ? sample.endedAt() : other.endedAt();
      if (to.isAfter(from)) {
        covered = covered.plus(Duration.between(from, to));
        most = most.max(other.usage());
      }
    }
    return covered.multipliedBy(2).compareTo(sample.period()) >= 0
        ? Optional.of(most)
        : Optional.empty();
  }

  private static ResourceVector most(
      Map<ReservationName, UsageSample> reports, ReservationName except, Instant now) {
    ResourceVector most = ResourceVector.ZERO;
    for (Map.Entry<ReservationName, UsageSample> report : reports.entrySet()) {
      boolean lately = report.getValue().endedAt().isAfter(now.minus(LATELY));
      if (lately && !report.getKey().equals(except)) {
        most = most.max(report.getValue().usage());
      }
    }
    return most;
  }

  /** What the nodes of a hold's pathway say that they have, each in what its role allots. */
  private ResourceVector capacity(Hold hold) {
    Map<Resource, Long> capacity = new HashMap<>();
    ledger
        .pathways()
        .get(hold.pathway())
        .ifPresent(
            pathway ->
                pathway.value().pathway().hops().stream()
                    .flatMap(hop -> ledger.nodes().get(hop.node()).stream())
                    .forEach(node -> add(capacity, node.value())));
    return ResourceVector.of(capacity);
  }

  private static void add(Map<Resource, Long> capacity, NodeRecord node) {
    for (Resource resource : Resource.allottedBy(node.role())) {
      capacity.merge(resource, node.capacityReported().get(resource), Math::max);
    }
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
