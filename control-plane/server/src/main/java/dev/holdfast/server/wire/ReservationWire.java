package dev.holdfast.server.wire;

import dev.holdfast.pam.grant.Grant;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Origin;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.proto.reservation.v1.Reservation;

/** Reservations and grants on the wire. */
public final class ReservationWire {
  private ReservationWire() {}

  /** A reservation, with the revision of its last change. */
  public static Reservation write(
      dev.holdfast.pam.reservation.Reservation reservation, long revision) {
    Reservation.Builder builder =
        Reservation.newBuilder()
            .setName(reservation.name().toString())
            .setWorkload(ResourceWire.write(reservation.workload()))
            .setAmount(ResourceWire.write(reservation.amount()))
            .setInterval(ResourceWire.write(reservation.interval()))
            .setPriority(reservation.priority())
            .setTrustZone(reservation.trustZone().toString())
            .setState(Reservation.State.valueOf("STATE_" + reservation.state().label()))
            .setOrigin(origin(reservation.origin()))
            .setForecast(reservation.forecast().orElse(""))
            .setCreateTime(Write.time(reservation.createdAt()))
            .setUpdateTime(Write.time(reservation.updatedAt()))
            .setRevision(revision)
            .setEtag(Long.toString(revision));
    reservation.hold().ifPresent(hold -> builder.setHold(hold(hold)));
    switch (reservation.state()) {
      case ReservationState.Pending pending ->
          pending.cause().ifPresent(cause -> builder.setCause(cause(cause)));
      case ReservationState.Suspended suspended -> builder.setCause(cause(suspended.cause()));
      case ReservationState.Releasing releasing -> builder.setCause(cause(releasing.cause()));
      case ReservationState.Final ended -> builder.setCause(cause(ended.cause()));
      case ReservationState.Provisioning _, ReservationState.Active _ -> {}
    }
    return builder.build();
  }

  private static dev.holdfast.proto.reservation.v1.Hold hold(Hold hold) {
    return dev.holdfast.proto.reservation.v1.Hold.newBuilder()
        .setAmount(ResourceWire.write(hold.amount()))
        .setPathway(hold.pathway().toString())
        .setAttestationChain(hold.chain().toString())
        .setGeneration(hold.generation())
        .build();
  }

  /** Why something is as it is. */
  public static dev.holdfast.proto.reservation.v1.Cause cause(Cause cause) {
    return dev.holdfast.proto.reservation.v1.Cause.newBuilder()
        .setReason(cause.reason())
        .setMessage(cause.message())
        .setSubject(cause.subject())
        .setOccurTime(Write.time(cause.at()))
        .build();
  }

  private static Reservation.Origin origin(Origin origin) {
    return switch (origin) {
      case CALLER -> Reservation.Origin.ORIGIN_CALLER;
      case FORECAST -> Reservation.Origin.ORIGIN_FORECAST;
      case AGENT -> Reservation.Origin.ORIGIN_AGENT;
    };
  }

  /** A grant. */
  public static dev.holdfast.proto.reservation.v1.Grant write(Grant grant) {
    return dev.holdfast.proto.reservation.v1.Grant.newBuilder()
        .setName(grant.name().toString())
        .setLimits(ResourceWire.write(grant.limits()))
        .setSafeLimits(ResourceWire.write(grant.safeLimits()))
        .setLifetime(Write.span(grant.lifetime()))
        .setExpireTime(Write.time(grant.expiresAt()))
        .setSafeLifetime(Write.span(grant.safeLifetime()))
        .setRefreshInterval(Write.span(grant.refreshInterval()))
        .setGeneration(grant.generation())
        .setNode(grant.node().toString())
        .setAttestationChain(grant.chain().toString())
        .build();
  }
}
