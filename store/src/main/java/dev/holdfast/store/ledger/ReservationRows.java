package dev.holdfast.store.ledger;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.grant.Grant;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.Content;
import dev.holdfast.pam.model.GrantName;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Origin;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.pam.reservation.ReservationState.Active;
import dev.holdfast.pam.reservation.ReservationState.Failed;
import dev.holdfast.pam.reservation.ReservationState.Pending;
import dev.holdfast.pam.reservation.ReservationState.Provisioning;
import dev.holdfast.pam.reservation.ReservationState.Released;
import dev.holdfast.pam.reservation.ReservationState.Releasing;
import dev.holdfast.pam.reservation.ReservationState.Suspended;
import dev.holdfast.store.proto.CauseRow;
import dev.holdfast.store.proto.ContentRow;
import dev.holdfast.store.proto.GrantRow;
import dev.holdfast.store.proto.HoldRow;
import dev.holdfast.store.proto.InputRow;
import dev.holdfast.store.proto.RequestRow;
import dev.holdfast.store.proto.ReservationRow;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Reservations and grants as rows and back; a row that makes no valid value throws. */
final class ReservationRows {
  private ReservationRows() {}

  static ReservationRow row(Reservation reservation, RequestRow request) {
    Workload workload = reservation.workload();
    ReservationRow.Builder row =
        ReservationRow.newBuilder()
            .setName(reservation.name().toString())
            .setImage(workload.image().toString())
            .setUser(workload.user().orElse(""))
            .setHasUser(workload.user().isPresent())
            .setWorkloadType(workload.workloadType())
            .setTrustZone(reservation.trustZone().toString())
            .setAmount(Rows.amounts(reservation.amount()))
            .setStartMillis(reservation.interval().start().toEpochMilli())
            .setEndMillis(reservation.interval().end().toEpochMilli())
            .setPriority(reservation.priority())
            .setOrigin(reservation.origin().name())
            .setForecast(reservation.forecast().orElse(""))
            .setHasForecast(reservation.forecast().isPresent())
            .setState(reservation.state().label())
            .setCreatedMillis(reservation.createdAt().toEpochMilli())
            .setUpdatedMillis(reservation.updatedAt().toEpochMilli())
            .setRequest(request);
    workload.inputs().forEach((name, value) -> row.putInputs(name, input(value)));
    workload.prefetch().forEach(content -> row.addPrefetch(content(content)));
    reservation.hold().ifPresent(hold -> row.setHold(hold(hold)));
    cause(reservation.state()).ifPresent(cause -> row.setCause(cause(cause)));
    return row.build();
  }

  private static Optional<Cause> cause(ReservationState state) {
    return switch (state) {
      case Pending(Optional<Cause> cause) -> cause;
      case Provisioning _, Active _ -> Optional.empty();
      case Suspended suspended -> Optional.of(suspended.cause());
      case Releasing releasing -> Optional.of(releasing.cause());
      case Released released -> Optional.of(released.cause());
      case Failed failed -> Optional.of(failed.cause());
    };
  }

  static Reservation value(ReservationRow row) {
    var inputs = new HashMap<String, InputValue>();
    for (Map.Entry<String, InputRow> entry : row.getInputsMap().entrySet()) {
      inputs.put(entry.getKey(), input(entry.getValue()));
    }
    return new Reservation(
        ReservationName.parse(row.getName()),
        Workload.of(
                ImageName.parse(row.getImage()),
                row.getHasUser() ? Optional.of(row.getUser()) : Optional.empty(),
                row.getWorkloadType(),
                inputs)
            .prefetching(row.getPrefetchList().stream().map(ReservationRows::content).toList()),
        TrustZoneName.parse(row.getTrustZone()),
        Rows.amounts(row.getAmount()),
        new Interval(instant(row.getStartMillis()), instant(row.getEndMillis())),
        row.getPriority(),
        Origin.valueOf(row.getOrigin()),
        row.getHasForecast() ? Optional.of(row.getForecast()) : Optional.empty(),
        state(row),
        instant(row.getCreatedMillis()),
        instant(row.getUpdatedMillis()));
  }

  private static ReservationState state(ReservationRow row) {
    return switch (row.getState()) {
      case "PENDING" ->
          new Pending(row.hasCause() ? Optional.of(cause(row.getCause())) : Optional.empty());
      case "PROVISIONING" -> new Provisioning(hold(row.getHold()));
      case "ACTIVE" -> new Active(hold(row.getHold()));
      case "SUSPENDED" -> new Suspended(hold(row.getHold()), cause(row.getCause()));
      case "RELEASING" -> new Releasing(hold(row.getHold()), cause(row.getCause()));
      case "RELEASED" -> new Released(cause(row.getCause()));
      case "FAILED" -> new Failed(cause(row.getCause()));
      default -> throw new IllegalArgumentException("no state is called " + row.getState());
    };
  }

  private static ContentRow content(Content content) {
    return ContentRow.newBuilder()
        .setDigest(Rows.bytes(content.digest()))
        .setUri(content.uri().orElse(""))
        .setSizeBytes(content.sizeBytes())
        .build();
  }

  private static Content content(ContentRow row) {
    return new Content(
        Rows.bytes(row.getDigest()),
        row.getUri().isEmpty() ? Optional.empty() : Optional.of(row.getUri()),
        row.getSizeBytes());
  }

  private static Instant instant(long millis) {
    return Instant.ofEpochMilli(millis);
  }

  private static InputRow input(InputValue value) {
    return switch (value) {
      case InputValue.Quantity(double quantity) ->
          InputRow.newBuilder().setQuantity(quantity).build();
      case InputValue.Text(String text) -> InputRow.newBuilder().setText(text).build();
      case InputValue.Flag(boolean flag) -> InputRow.newBuilder().setFlag(flag).build();
    };
  }

  private static InputValue input(InputRow row) {
    return switch (row.getValueCase()) {
      case QUANTITY -> new InputValue.Quantity(row.getQuantity());
      case TEXT -> new InputValue.Text(row.getText());
      case FLAG -> new InputValue.Flag(row.getFlag());
      case VALUE_NOT_SET -> throw new IllegalArgumentException("an input without a value");
    };
  }

  private static HoldRow hold(Hold hold) {
    return HoldRow.newBuilder()
        .setAmount(Rows.amounts(hold.amount()))
        .setAttestedAmount(Rows.amounts(hold.attestedAmount()))
        .setPathway(hold.pathway().toString())
        .setChain(hold.chain().toString())
        .setGeneration(hold.generation())
        .build();
  }

  static Hold hold(HoldRow row) {
    return new Hold(
        Rows.amounts(row.getAmount()),
        Rows.amounts(row.getAttestedAmount()),
        PathwayName.parse(row.getPathway()),
        ChainName.parse(row.getChain()),
        row.getGeneration());
  }

  private static CauseRow cause(Cause cause) {
    return CauseRow.newBuilder()
        .setReason(cause.reason())
        .setMessage(cause.message())
        .setSubject(cause.subject())
        .setAtMillis(cause.at().toEpochMilli())
        .build();
  }

  private static Cause cause(CauseRow row) {
    return new Cause(
        row.getReason(), row.getMessage(), row.getSubject(), instant(row.getAtMillis()));
  }

  static GrantRow row(Grant grant) {
    return GrantRow.newBuilder()
        .setName(grant.name().toString())
        .setGeneration(grant.generation())
        .setChain(grant.chain().toString())
        .setLimits(Rows.amounts(grant.limits()))
        .setSafeLimits(Rows.amounts(grant.safeLimits()))
        .setLifetimeMillis(grant.lifetime().toMillis())
        .setExpiresMillis(grant.expiresAt().toEpochMilli())
        .setSafeLifetimeMillis(grant.safeLifetime().toMillis())
        .setRefreshIntervalMillis(grant.refreshInterval().toMillis())
        .setNode(grant.node().toString())
        .build();
  }

  static Grant value(GrantRow row) {
    return new Grant(
        GrantName.parse(row.getName()),
        row.getGeneration(),
        ChainName.parse(row.getChain()),
        Rows.amounts(row.getLimits()),
        Rows.amounts(row.getSafeLimits()),
        Duration.ofMillis(row.getLifetimeMillis()),
        instant(row.getExpiresMillis()),
        Duration.ofMillis(row.getSafeLifetimeMillis()),
        Duration.ofMillis(row.getRefreshIntervalMillis()),
        NodeName.parse(row.getNode()));
  }
}
