package dev.holdfast.pam.reservation;

import dev.holdfast.pam.reservation.ReservationEvent.Admitted;
import dev.holdfast.pam.reservation.ReservationEvent.Ended;
import dev.holdfast.pam.reservation.ReservationEvent.Provisioned;
import dev.holdfast.pam.reservation.ReservationEvent.Reclaimed;
import dev.holdfast.pam.reservation.ReservationEvent.Refused;
import dev.holdfast.pam.reservation.ReservationEvent.Resized;
import dev.holdfast.pam.reservation.ReservationEvent.TrustLost;
import dev.holdfast.pam.reservation.ReservationEvent.TrustRestored;
import dev.holdfast.pam.reservation.ReservationState.Active;
import dev.holdfast.pam.reservation.ReservationState.Failed;
import dev.holdfast.pam.reservation.ReservationState.Pending;
import dev.holdfast.pam.reservation.ReservationState.Provisioning;
import dev.holdfast.pam.reservation.ReservationState.Released;
import dev.holdfast.pam.reservation.ReservationState.Releasing;
import dev.holdfast.pam.reservation.ReservationState.Suspended;
import java.util.Optional;

/**
 * How one state of a reservation leads to the next.
 *
 * <p>Events that reduce trust or free capacity are legal in every state. {@link Provisioned} and
 * {@link Reclaimed} carry a generation, and a late or repeated one changes nothing. Whatever nodes
 * must be told anew (another amount, the same again, or to give back) raises the hold's generation:
 * so an answer to what was said before cannot pass for an answer to what is said now.
 */
public final class Lifecycle {
  private Lifecycle() {}

  /**
   * The state that follows.
   *
   * @throws IllegalTransition if the event cannot happen in the state: a bug of the caller
   */
  public static ReservationState next(ReservationState state, ReservationEvent event) {
    return switch (state) {
      case Pending pending -> pending(pending, event);
      case Provisioning provisioning -> provisioning(provisioning, event);
      case Active active -> active(active, event);
      case Suspended suspended -> suspended(suspended, event);
      case Releasing releasing -> releasing(releasing, event);
      case Released released -> released(released, event);
      case Failed failed -> failed(failed, event);
    };
  }

  private static ReservationState pending(Pending state, ReservationEvent event) {
    return switch (event) {
      case Admitted admitted -> new Provisioning(admitted.hold());
      case Refused refused -> new Failed(refused.cause());
      case TrustLost lost -> new Pending(Optional.of(lost.cause()));
      case Ended ended -> new Released(ended.cause());
      case Reclaimed _ -> state;
      case Provisioned _, Resized _, TrustRestored _ -> throw new IllegalTransition(state, event);
    };
  }

  private static ReservationState provisioning(Provisioning state, ReservationEvent event) {
    Hold hold = state.hold();
    return switch (event) {
      case Refused refused -> new Releasing(hold.renumbered(), refused.cause());
      case Provisioned done -> done.generation() == hold.generation() ? new Active(hold) : state;
      case Resized resized -> new Provisioning(hold.resized(resized.amount()));
      case TrustLost lost -> new Suspended(hold, lost.cause());
      case Ended ended -> new Releasing(hold.renumbered(), ended.cause());
      case Reclaimed gone -> again(state, hold, gone);
      case Admitted _, TrustRestored _ -> throw new IllegalTransition(state, event);
    };
  }

  private static ReservationState active(Active state, ReservationEvent event) {
    Hold hold = state.hold();
    return switch (event) {
      case Provisioned _ -> state;
      case Resized resized -> new Provisioning(hold.resized(resized.amount()));
      case TrustLost lost -> new Suspended(hold, lost.cause());
      case TrustRestored restored -> new Active(hold.attested(restored.chain()));
      case Ended ended -> new Releasing(hold.renumbered(), ended.cause());
      case Reclaimed gone -> again(state, hold, gone);
      case Admitted _, Refused _ -> throw new IllegalTransition(state, event);
    };
  }

  private static ReservationState suspended(Suspended state, ReservationEvent event) {
    Hold hold = state.hold();
    return switch (event) {
      case Provisioned _, Reclaimed _ -> state;
      case Resized resized -> new Suspended(hold.resized(resized.amount()), state.cause());
      case TrustLost lost -> new Suspended(hold, lost.cause());
      case TrustRestored restored ->
          new Provisioning(hold.attested(restored.chain()).renumbered());
      case Ended ended -> new Releasing(hold.renumbered(), ended.cause());
      case Admitted _, Refused _ -> throw new IllegalTransition(state, event);
    };
  }

  private static ReservationState releasing(Releasing state, ReservationEvent event) {
    return switch (event) {
      case Reclaimed gone ->
          gone.generation() == state.hold().generation() ? new Released(state.cause()) : state;
      case Provisioned _, TrustLost _, TrustRestored _, Ended _ -> state;
      case Admitted _, Refused _, Resized _ -> throw new IllegalTransition(state, event);
    };
  }

  private static ReservationState released(Released state, ReservationEvent event) {
    return switch (event) {
      case Provisioned _, TrustLost _, TrustRestored _, Ended _, Reclaimed _ -> state;
      case Admitted _, Refused _, Resized _ -> throw new IllegalTransition(state, event);
    };
  }

  private static ReservationState failed(Failed state, ReservationEvent event) {
    return switch (event) {
      case TrustLost _, TrustRestored _, Ended _, Reclaimed _ -> state;
      case Admitted _, Refused _, Provisioned _, Resized _ ->
          throw new IllegalTransition(state, event);
    };
  }

  /** A node lost what it held: all nodes are told again, unless that was said before. */
  private static ReservationState again(ReservationState state, Hold hold, Reclaimed gone) {
    return gone.generation() == hold.generation() ? new Provisioning(hold.renumbered()) : state;
  }
}
