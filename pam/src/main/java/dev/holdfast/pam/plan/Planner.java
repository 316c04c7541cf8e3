package dev.holdfast.pam.plan;

import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.plan.Snapshot.NodeRoom;
import dev.holdfast.pam.plan.Snapshot.PathwayStanding;
import dev.holdfast.pam.plan.Snapshot.TenantRoom;
import dev.holdfast.pam.profile.Arrivals;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.Run;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Decides what is held where, over one snapshot. */
public final class Planner {
  private Planner() {}

  /**
   * A request for capacity.
   *
   * @param tenant who asks
   * @param trustZone where
   * @param amount how much
   */
  public record Request(TenantName tenant, TrustZoneName trustZone, ResourceVector amount) {}

  /** A pathway that was considered: what speaks against it, or how much room it would keep. */
  private record Candidate(PathwayStanding standing, Optional<Problem> against, double room) {}

  /**
   * Where to hold what is asked for: on the pathway of the zone that keeps most room, among those
   * that serve the tenant and whose chain is live. Holds of all times count as held now.
   */
  public static Decision place(Snapshot snapshot, Request request, Instant now) {
    Optional<Problem> overQuota = quota(snapshot, request.tenant(), request.amount());
    if (overQuota.isPresent()) {
      return new Decision.Refuse(overQuota.get());
    }
    List<Candidate> candidates = new ArrayList<>();
    for (PathwayStanding standing : snapshot.pathways()) {
      boolean serves = standing.tenant().map(request.tenant()::equals).orElse(true);
      if (serves && standing.pathway().name().zone().equals(request.trustZone())) {
        candidates.add(judge(snapshot, standing, request.amount(), now));
      }
    }
    if (candidates.isEmpty()) {
      return new Decision.Refuse(new Problem.NotFound(request.trustZone() + "/pathways"));
    }
    Comparator<Candidate> best =
        Comparator.comparingInt((Candidate one) -> rank(one.against()))
            .thenComparing(Comparator.comparingDouble(Candidate::room).reversed())
            .thenComparing(one -> one.standing().pathway().name());
    Candidate chosen = candidates.stream().min(best).orElseThrow();
    return chosen.against().isPresent()
        ? new Decision.Refuse(chosen.against().get())
        : new Decision.Admit(
            Hold.of(request.amount(), chosen.standing().chain().orElseThrow().name()));
  }

  /**
   * Whether a hold can have another amount on its pathway. What shrinks always fits; what grows
   * needs room for the difference, and a live chain.
   */
  public static Decision resize(
      Snapshot snapshot, TenantName tenant, Hold hold, ResourceVector amount, Instant now) {
    ResourceVector growth = amount.saturatingMinus(hold.amount());
    if (growth.isZero()) {
      return new Decision.Admit(hold.resized(amount));
    }
    Optional<Problem> overQuota = quota(snapshot, tenant, growth);
    if (overQuota.isPresent()) {
      return new Decision.Refuse(overQuota.get());
    }
    for (PathwayStanding standing : snapshot.pathways()) {
      if (standing.pathway().name().equals(hold.pathway())) {
        Optional<Problem> against = judge(snapshot, standing, growth, now).against();
        return against.isPresent()
            ? new Decision.Refuse(against.get())
            : new Decision.Admit(hold.resized(amount));
      }
    }
    return new Decision.Refuse(new Problem.NotFound(hold.pathway().toString()));
  }

  /**
   * The reservations to make ahead of the next runs: one for each workload whose next run is
   * expected within the lead time and that none serves yet.
   *
   * @param profiles those whose key is the most specific one of their latest workload; others are
   *     passed over, so that a run is not reserved for twice
   * @param forecasts of the next run, by profile; a profile without one is passed over
   * @param reservations those that have not ended
   */
  public static List<Proposal> ahead(
      Collection<Profile> profiles,
      Map<ProfileKey, Forecast> forecasts,
      Collection<Reservation> reservations,
      AllocationRules rules,
      Instant now) {
    List<Proposal> proposals = new ArrayList<>();
    for (Profile profile : profiles) {
      Forecast forecast = forecasts.get(profile.key());
      Optional<Interval> start = Arrivals.nextStart(profile, now);
      if (forecast != null
          && start.isPresent()
          && !start.get().start().isAfter(now.plus(rules.leadTime()))) {
        Run latest = profile.runs().getLast();
        ResourceVector amount = forecast.amount(rules.quantile());
        Interval interval = interval(profile, start.get(), rules, now);
        boolean mine =
            profile.key().equals(ProfileKey.of(profile.key().tenant(), latest.workload()));
        if (mine && !amount.isZero() && !served(profile, reservations, interval)) {
          proposals.add(
              new Proposal(
                  profile.key(),
                  latest.workload(),
                  latest.trustZone(),
                  amount,
                  interval,
                  forecast));
        }
      }
    }
    return List.copyOf(proposals);
  }

  private static Interval interval(
      Profile profile, Interval start, AllocationRules rules, Instant now) {
    Instant from = start.start().isBefore(now) ? now : start.start();
    Duration length = Arrivals.usualLength(profile).orElse(Duration.ZERO);
    Instant byDefault = from.plus(rules.intervalDefault());
    Instant byRun = start.end().plus(length);
    return new Interval(from, byRun.isAfter(byDefault) ? byRun : byDefault);
  }

  /** Whether a reservation is there for the next run, and not for one that is under way. */
  private static boolean served(
      Profile profile, Collection<Reservation> reservations, Interval interval) {
    return reservations.stream()
        .filter(one -> one.interval().overlaps(interval))
        .filter(one -> !one.ended() && !(one.state() instanceof ReservationState.Releasing))
        .filter(one -> ProfileKey.of(one.name().tenant(), one.workload()).equals(profile.key()))
        .anyMatch(
            one -> profile.runs().stream().noneMatch(run -> run.reservation().equals(one.name())));
  }

  private static Optional<Problem> quota(
      Snapshot snapshot, TenantName tenant, ResourceVector amount) {
    TenantRoom room = snapshot.tenants().get(tenant);
    if (room == null) {
      return Optional.of(new Problem.NotFound(tenant.toString()));
    }
    for (Resource resource : Resource.values()) {
      long free = room.free().get(resource);
      if (amount.get(resource) > free) {
        return Optional.of(new Problem.Quota(tenant, resource, amount.get(resource), free));
      }
    }
    return Optional.empty();
  }

  private static Candidate judge(
      Snapshot snapshot, PathwayStanding standing, ResourceVector amount, Instant now) {
    Optional<CurrentChain> chain = standing.chain();
    Optional<Problem> against =
        chain.isPresent()
            ? chain.get().refusal(now)
            : Optional.of(new Problem.AttestationExpired(standing.pathway().name(), Instant.EPOCH));
    Set<Resource> unserved = EnumSet.noneOf(Resource.class);
    unserved.addAll(amount.present());
    double room = 1;
    for (Hop hop : standing.pathway().hops()) {
      NodeRoom node = snapshot.nodes().get(hop.node());
      if (node == null) {
        Problem missing = new Problem.NotFound(hop.node().toString());
        return new Candidate(standing, Optional.of(missing), -1);
      }
      for (Resource resource : Resource.allottedBy(node.role())) {
        long asked = amount.get(resource);
        if (asked > 0) {
          unserved.remove(resource);
          long free = node.free().get(resource);
          double left = (double) (free - asked) / Math.max(1, node.capacity().get(resource));
          if (left < room) {
            room = left;
          }
          if (asked > free && against.isEmpty()) {
            against = Optional.of(new Problem.Capacity(hop.node(), resource, asked, free));
          }
        }
      }
    }
    if (!unserved.isEmpty() && against.isEmpty()) {
      Resource resource = unserved.iterator().next();
      Hop enclave = standing.pathway().hops().getLast();
      against =
          Optional.of(new Problem.Capacity(enclave.node(), resource, amount.get(resource), 0));
      room = -1;
    }
    return new Candidate(standing, against, room);
  }

  /** What is nearest to fitting comes first: it is what the caller is told of. */
  private static int rank(Optional<Problem> against) {
    if (against.isEmpty()) {
      return 0;
    }
    return switch (against.get()) {
      case Problem.Capacity _ -> 1;
      case Problem.AttestationExpired _ -> 2;
      case Problem.ChainRefused _ -> 3;
      default -> 4;
    };
  }
}
