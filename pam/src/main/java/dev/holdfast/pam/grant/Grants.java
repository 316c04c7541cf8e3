package dev.holdfast.pam.grant;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.pam.model.GrantName;
import dev.holdfast.pam.model.HoldProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/**
 * Issues and renews grants: all live grants of a reservation together are at most its hold, and
 * none outlives the chain that it rests on, with its safe limits neither.
 */
public final class Grants {
  private Grants() {}

  /** What came of asking. */
  public sealed interface Outcome {}

  /** A grant, to be recorded before it is sent. */
  public record Issued(Grant grant) implements Outcome {}

  /** None, and why. */
  public record Refused(Problem problem) implements Outcome {}

  /**
   * What is asked for.
   *
   * @param name the name that a new grant gets, or that of the one to renew
   * @param node who holds it
   * @param wanted how much; empty for all that no other live grant takes
   */
  public record Request(GrantName name, NodeName node, Optional<ResourceVector> wanted) {}

  /**
   * A new grant on an active reservation; refused rather than cut where there is not enough left.
   *
   * @param reservation what it draws on
   * @param grants the reservation's grants as recorded; those that have expired do not count
   * @param request what is asked for
   * @param chain the current chain of the pathway that the reservation holds
   * @param rules lifetime and safe limits
   * @param now PAM's time
   */
  public static Outcome issue(
      Reservation reservation,
      Collection<Grant> grants,
      Request request,
      CurrentChain chain,
      GrantRules rules,
      Instant now) {
    if (!(reservation.state() instanceof ReservationState.Active active)) {
      return new Refused(notUsable(reservation));
    }
    Optional<Problem> against = untrusted(active.hold(), chain, now);
    if (against.isPresent()) {
      return new Refused(against.get());
    }
    if (grants.stream().anyMatch(grant -> grant.name().equals(request.name()))) {
      return new Refused(new Problem.AlreadyExists(request.name().toString()));
    }
    ResourceVector free = free(active.hold(), grants, request.name(), now);
    ResourceVector limits = request.wanted().orElse(free);
    Optional<Problem> lacking = lacking(reservation, limits, free);
    return lacking.isPresent()
        ? new Refused(lacking.get())
        : new Issued(grant(request, 1, limits, chain, rules, now));
  }

  /**
   * A live grant for another lifetime. What it gives is cut to what is held and free by now, so
   * that a reservation that shrank takes its grants along; while the nodes are still being told of
   * a change it does not grow.
   *
   * @param reservation what it draws on
   * @param grants the reservation's grants as recorded, the one to renew among them
   * @param request the grant's name and node; with nothing wanted it keeps its limits
   * @param chain the current chain of the pathway that the reservation holds
   * @param rules lifetime and safe limits
   * @param now PAM's time
   */
  public static Outcome renew(
      Reservation reservation,
      Collection<Grant> grants,
      Request request,
      CurrentChain chain,
      GrantRules rules,
      Instant now) {
    Optional<Grant> found =
        grants.stream().filter(grant -> grant.name().equals(request.name())).findFirst();
    if (found.isEmpty() || !found.get().node().equals(request.node())) {
      return new Refused(new Problem.NotFound(request.name().toString()));
    }
    Grant old = found.get();
    if (!old.live(now)) {
      return new Refused(new HoldProblem.LeaseExpired(request.name().toString(), old.expiresAt()));
    }
    ResourceVector wanted = request.wanted().orElse(old.limits());
    Hold hold;
    switch (reservation.state()) {
      case ReservationState.Active active -> hold = active.hold();
      case ReservationState.Provisioning provisioning -> {
        hold = provisioning.hold();
        wanted = wanted.min(old.limits());
      }
      case ReservationState.Pending _,
          ReservationState.Suspended _,
          ReservationState.Releasing _,
          ReservationState.Final _ -> {
        return new Refused(notUsable(reservation));
      }
    }
    Optional<Problem> against = untrusted(hold, chain, now);
    if (against.isPresent()) {
      return new Refused(against.get());
    }
    ResourceVector limits = wanted.min(free(hold, grants, request.name(), now));
    return new Issued(grant(request, old.generation() + 1, limits, chain, rules, now));
  }

  private static Problem notUsable(Reservation reservation) {
    String remedy =
        switch (reservation.state()) {
          case ReservationState.Pending _ -> "Wait until capacity and trust are there.";
          case ReservationState.Provisioning _ -> "Wait until its nodes are ready.";
          case ReservationState.Active _ -> "Repeat.";
          case ReservationState.Suspended suspended -> suspended.cause().message();
          case ReservationState.Releasing _, ReservationState.Final _ -> "Make a new one.";
        };
    return new Problem.IllegalState(
        reservation.name().toString(), reservation.state().label(), remedy);
  }

  private static Optional<Problem> untrusted(Hold hold, CurrentChain chain, Instant now) {
    if (!chain.name().pathway().equals(hold.pathway())) {
      throw new IllegalArgumentException(chain.name() + " is not of " + hold.pathway());
    }
    return chain.refusal(now);
  }

  private static ResourceVector free(
      Hold hold, Collection<Grant> grants, GrantName but, Instant now) {
    ResourceVector free = hold.amount();
    for (Grant grant : grants) {
      if (grant.live(now) && !grant.name().equals(but)) {
        free = free.saturatingMinus(grant.limits());
      }
    }
    return free;
  }

  private static Optional<Problem> lacking(
      Reservation reservation, ResourceVector asked, ResourceVector free) {
    for (Resource resource : Resource.values()) {
      boolean nothingLeft = asked.isZero() && reservation.amount().get(resource) > 0;
      if (nothingLeft || asked.get(resource) > free.get(resource)) {
        return Optional.of(
            new HoldProblem.HoldExceeded(
                reservation.name(),
                resource,
                nothingLeft ? reservation.amount().get(resource) : asked.get(resource),
                free.get(resource)));
      }
    }
    return Optional.empty();
  }

  private static Grant grant(
      Request request,
      long generation,
      ResourceVector limits,
      CurrentChain chain,
      GrantRules rules,
      Instant now) {
    Duration trusted = Duration.between(now, chain.expiresAt());
    Duration lifetime = shorter(rules.lifetime(), trusted);
    ResourceVector safeLimits = limits.scale(rules.safeLimitsRatio());
    Duration safeLifetime =
        safeLimits.isZero() ? Duration.ZERO : shorter(rules.lifetime(), trusted.minus(lifetime));
    return new Grant(
        request.name(),
        generation,
        chain.name(),
        limits,
        safeLimits,
        lifetime,
        now.plus(lifetime),
        safeLifetime,
        lifetime.dividedBy(3),
        request.node());
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
