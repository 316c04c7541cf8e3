package dev.holdfast.server.allot;

import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.HoldProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.Stored;

/**
 * Changes what reservations hold. A change that is large against what the pathway was last attested
 * for attests it first; where that cannot be done, what was held stays held.
 */
public final class Resizes {
  private final ServerConfig config;
  private final Ledger ledger;
  private final Admissions admissions;
  private final GrantDesk grants;
  private final Provisioner provisioner;
  private final Journal journal;

  /** One over these parts. */
  public Resizes(
      ServerConfig config,
      Ledger ledger,
      Admissions admissions,
      GrantDesk grants,
      Provisioner provisioner,
      Journal journal) {
    this.config = config;
    this.ledger = ledger;
    this.admissions = admissions;
    this.grants = grants;
    this.provisioner = provisioner;
    this.journal = journal;
  }

  /** Gives a reservation another amount. */
  public Stored<Reservation> resize(Reservation reservation, ResourceVector amount)
      throws InterruptedException {
    if (amount.isZero()) {
      throw new Refusal(new Problem.Amount("amount", "more than zero of some resource", "0"));
    }
    Hold hold =
        reservation
            .hold()
            .filter(_ -> !(reservation.state() instanceof ReservationState.Releasing))
            .orElseThrow(
                () ->
                    new Refusal(
                        new Problem.IllegalState(
                            reservation.name().toString(),
                            reservation.state().label(),
                            "Only what is held can be resized.")));
    double ratio = Math.min(1, config.zone(reservation.trustZone()).control().reattestRatio());
    boolean large = large(hold.attestedAmount(), amount, ratio);
    if (large) {
      attest(reservation, hold.pathway());
    }
    boolean shrinks = !hold.amount().fitsWithin(amount);
    if (shrinks) {
      // Grants together never exceed the hold: holders are told before it becomes less.
      grants.follow(reservation.name(), hold.amount().min(amount));
    }
    Stored<Reservation> resized = ledger.reservations().resize(reservation.name(), amount, ratio);
    journal.record(new Event.Resized(reservation.name(), hold.amount(), amount, large));
    provisioner.wake();
    return resized;
  }

  private void attest(Reservation reservation, PathwayName pathway) throws InterruptedException {
    var record =
        ledger
            .pathways()
            .get(pathway)
            .orElseThrow(() -> new Refusal(new Problem.NotFound(pathway.toString())));
    if (!admissions.attest(record.value().pathway(), Challenges.Occasion.ADJUSTMENT).live()) {
      throw new Refusal(new HoldProblem.ReattestRequired(reservation.name(), pathway));
    }
  }

  private static boolean large(ResourceVector attested, ResourceVector amount, double ratio) {
    for (Resource resource : Resource.values()) {
      long change = Math.abs(amount.get(resource) - attested.get(resource));
      if (change > 0 && change >= ratio * attested.get(resource)) {
        return true;
      }
    }
    return false;
  }
}
