package dev.holdfast.pam.reservation;

import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.ResourceVector;

/** Something that happens to a reservation. */
public sealed interface ReservationEvent {
  /** Capacity was found and is held from now on. */
  record Admitted(Hold hold) implements ReservationEvent {}

  /** It cannot be had: no room, no trust, or no time left to wait. */
  record Refused(Cause cause) implements ReservationEvent {}

  /** Every node of the pathway holds what this generation says. */
  record Provisioned(long generation) implements ReservationEvent {}

  /** Another amount is held from now on. */
  record Resized(ResourceVector amount) implements ReservationEvent {}

  /** The pathway is not trusted any more. */
  record TrustLost(Cause cause) implements ReservationEvent {}

  /** The pathway was attested (again), for what is held now. */
  record TrustRestored(ChainName chain) implements ReservationEvent {}

  /** It is over: released, at the end of its interval, or made to yield. */
  record Ended(Cause cause) implements ReservationEvent {}

  /** A node holds nothing any more; it had been told this generation. */
  record Reclaimed(long generation, Cause cause) implements ReservationEvent {}
}
