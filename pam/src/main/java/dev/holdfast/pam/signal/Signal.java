package dev.holdfast.pam.signal;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.SignalName;
import dev.holdfast.pam.signal.Finding.Kind;
import dev.holdfast.pam.signal.SignalRules.Outcome;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A finding that was told of, and what was done about it.
 *
 * @param name its own
 * @param reservation what the workload runs on
 * @param trustZone where
 * @param profile the full name of the profile concerned
 * @param subject the grant observed, by its full name
 * @param raisedAt when it was raised
 * @param sampleAt the end of the sample that showed it
 * @param kind what kind of thing it is
 * @param resource the resource, where it is about one
 * @param observed what was used of it, in its unit; 0 without a resource
 * @param expected what the forecast gave as p50; empty without a forecast
 * @param score how strong the evidence is
 * @param threshold from which score on it is a finding
 * @param message the evidence, and what came of the remedy; at most {@link #MESSAGE_MAX} characters
 * @param remedy what the policy called for
 * @param outcome what became of that
 * @param before what was held before a remedy that changed it
 * @param drift how behaviour moved and what is to be expected then, where it is a drift
 */
public record Signal(
    SignalName name,
    ReservationName reservation,
    TrustZoneName trustZone,
    String profile,
    String subject,
    Instant raisedAt,
    Instant sampleAt,
    Kind kind,
    Optional<Resource> resource,
    long observed,
    OptionalLong expected,
    double score,
    double threshold,
    String message,
    Remedy remedy,
    Outcome outcome,
    Optional<ResourceVector> before,
    Optional<DriftDetail> drift) {
  /** Why a reservation is suspended that was isolated, and not for want of trust. */
  public static final String ISOLATED = "ISOLATED";

  /** The longest message. */
  public static final int MESSAGE_MAX = 1024;

  /** Cuts the message, and refuses a signal of one tenant about another's reservation. */
  public Signal {
    if (!name.tenant().equals(reservation.tenant())) {
      throw new IllegalArgumentException(name + " is about " + reservation);
    }
    if (message.length() > MESSAGE_MAX) {
      message = message.substring(0, MESSAGE_MAX);
    }
  }

  /** The same, with what became of its remedy, and more words about it. */
  public Signal after(Outcome next, String words) {
    String more = words.isEmpty() ? message : message + " " + words;
    return new Signal(
        name,
        reservation,
        trustZone,
        profile,
        subject,
        raisedAt,
        sampleAt,
        kind,
        resource,
        observed,
        expected,
        score,
        threshold,
        more,
        remedy,
        next,
        before,
        drift);
  }

  /** Whether a remedy that does something was carried out, or is about to be. */
  public boolean carriedOut() {
    return remedy != Remedy.ALERT && (outcome == Outcome.DONE || outcome == Outcome.INTENDED);
  }
}
