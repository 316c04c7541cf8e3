package dev.holdfast.pam.reservation;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.Workload;
import java.time.Instant;
import java.util.Optional;

/**
 * A promise of capacity on one attested pathway, for one tenant and one interval.
 *
 * @param name its name
 * @param workload what will run
 * @param trustZone where it may run
 * @param amount how much was asked for, not zero; what is held is in the state
 * @param interval when
 * @param priority 0 to 1000, higher is served first
 * @param origin who asked
 * @param forecast the name of the forecast that its size comes from, if it does
 * @param state where it stands
 * @param createdAt when it was accepted
 * @param updatedAt when it last changed
 */
public record Reservation(
    ReservationName name,
    Workload workload,
    TrustZoneName trustZone,
    ResourceVector amount,
    Interval interval,
    int priority,
    Origin origin,
    Optional<String> forecast,
    ReservationState state,
    Instant createdAt,
    Instant updatedAt) {
  /** The highest priority. */
  public static final int PRIORITY_MAX = 1000;

  /** Refuses nothing at all, and priorities out of range. */
  public Reservation {
    if (amount.isZero()) {
      throw new Refusal(new Problem.Amount("amount", "more than zero of some resource", "0"));
    }
    if (priority < 0 || priority > PRIORITY_MAX) {
      throw new Refusal(new Problem.Amount("priority", "0 to 1000", Integer.toString(priority)));
    }
  }

  /**
   * The same after an event.
   *
   * @throws IllegalTransition if it cannot happen in the present state: a bug of the caller
   */
  public Reservation after(ReservationEvent event, Instant now) {
    ReservationState next = Lifecycle.next(state, event);
    return next.equals(state) ? this : with(next, now);
  }

  /** What it holds; empty unless it holds something. */
  public Optional<Hold> hold() {
    return state instanceof ReservationState.Holding holding
        ? Optional.of(holding.hold())
        : Optional.empty();
  }

  /** Whether it has ended. */
  public boolean ended() {
    return state instanceof ReservationState.Final;
  }

  private Reservation with(ReservationState next, Instant now) {
    return new Reservation(
        name,
        workload,
        trustZone,
        amount,
        interval,
        priority,
        origin,
        forecast,
        next,
        createdAt,
        now);
  }
}
