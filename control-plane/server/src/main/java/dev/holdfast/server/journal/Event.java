package dev.holdfast.server.journal;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.SignalName;
import dev.holdfast.pam.profile.Doubt;
import dev.holdfast.pam.signal.Finding;
import dev.holdfast.pam.signal.Remedy;
import dev.holdfast.pam.signal.SignalRules;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Something that the server decided or refused. It never holds a secret, a nonce or an input. */
public sealed interface Event {
  /** A call was refused. */
  record Rejected(String reason, String caller, String method) implements Event {}

  /** A node was enrolled. */
  record Enrolled(NodeName node, Verdict verdict) implements Event {}

  /**
   * Evidence was appraised.
   *
   * @param took from its arrival to the verdict
   */
  record Appraised(NodeName node, Verdict verdict, List<String> reasons, Duration took)
      implements Event {}

  /**
   * A pathway was attested.
   *
   * @param took from the challenges to the signed result
   */
  record ChainMade(PathwayName pathway, Verdict verdict, List<String> reasons, Duration took)
      implements Event {}

  /**
   * Trust was lost under a reservation.
   *
   * @param sinceEvidence from the arrival of what showed it
   */
  record Suspended(ReservationName reservation, int grantsRevoked, Duration sinceEvidence)
      implements Event {}

  /** Trust was found again under a reservation. */
  record Restored(ReservationName reservation) implements Event {}

  /**
   * A reservation was admitted.
   *
   * @param ahead whether from a forecast, before anyone asked
   */
  record Admitted(ReservationName reservation, ResourceVector amount, boolean ahead)
      implements Event {}

  /** A reservation's nodes all hold what they should. */
  record Activated(ReservationName reservation) implements Event {}

  /**
   * The size of a reservation was changed.
   *
   * @param attestedFirst whether the change was large, and the pathway was attested before it
   */
  record Resized(
      ReservationName reservation, ResourceVector from, ResourceVector to, boolean attestedFirst)
      implements Event {}

  /**
   * A grant was given to an application.
   *
   * @param ahead whether its reservation had been made before the request
   * @param took from the request to the grant
   */
  record Granted(ReservationName reservation, boolean ahead, Duration took) implements Event {}

  /** A request for a grant was refused. */
  record GrantRefused(NodeName node, String reason) implements Event {}

  /** A model was trained and put to use. */
  record Trained(String model, int rows, Duration took) implements Event {}

  /** A model, or the list of champions, is not what was signed, and is not used. */
  record ModelRefused(String what, String why) implements Event {}

  /**
   * Models forecast other resources than before.
   *
   * @param model which one it was about
   * @param change activated, rolled_back, pinned or released
   * @param champions the model of each resource
   */
  record ChampionsChanged(String model, String change, Map<Resource, String> champions)
      implements Event {}

  /** A sample of what a reservation really used came in, while it held so much. */
  record Measured(ReservationName reservation, ResourceVector used, ResourceVector held)
      implements Event {}

  /** A sample of what a reservation used was not believed, and teaches nothing. */
  record Quarantined(ReservationName reservation, Doubt doubt) implements Event {}

  /** A signal was raised; what its policy called for, and what became of that. */
  record Signalled(SignalName signal, Finding.Kind kind, Remedy remedy, SignalRules.Outcome outcome)
      implements Event {}

  /** Collateral of a trust zone ends within a week, or does not hold any more. */
  record CollateralExpiring(
      TrustZoneName zone, String kind, String subject, Instant until, boolean expired)
      implements Event {}

  /** Collateral was fetched, verified and put to use. */
  record CollateralFetched(TrustZoneName zone, String what) implements Event {}

  /** Collateral was not put to use. */
  record CollateralRefused(TrustZoneName zone, String why) implements Event {}

  /** This replica leads, in a new term. */
  record LeadTaken(long term) implements Event {}

  /** This replica leads no longer. */
  record LeadLost() implements Event {}

  /** Somebody else wrote to rows of the ledger; they are kept from use. */
  record ForeignRows(List<String> rows) implements Event {}

  /** A reservation ended. */
  record Ended(ReservationName reservation, String reason) implements Event {}
}
