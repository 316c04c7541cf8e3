package dev.holdfast.pam.reservation;

/** An event that cannot happen in a state: a bug of the caller. */
public final class IllegalTransition extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** One for this state and event. */
  public IllegalTransition(ReservationState state, ReservationEvent event) {
    super(event.getClass().getSimpleName() + " cannot happen to what is " + state.label());
  }
}
