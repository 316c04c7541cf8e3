package dev.holdfast.store.ledger;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.SignalName;
import dev.holdfast.pam.profile.Fingerprint.Component;
import dev.holdfast.pam.signal.Drift;
import dev.holdfast.pam.signal.DriftDetail;
import dev.holdfast.pam.signal.Finding;
import dev.holdfast.pam.signal.Outlook;
import dev.holdfast.pam.signal.Remedy;
import dev.holdfast.pam.signal.Signal;
import dev.holdfast.pam.signal.SignalRules;
import dev.holdfast.store.proto.DriftRow;
import dev.holdfast.store.proto.SignalRow;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Optional;
import java.util.OptionalLong;

/** Signals as rows and back; a row that makes no valid value throws. */
final class SignalRows {
  private SignalRows() {}

  static SignalRow row(Signal signal) {
    SignalRow.Builder row =
        SignalRow.newBuilder()
            .setName(signal.name().toString())
            .setReservation(signal.reservation().toString())
            .setTrustZone(signal.trustZone().toString())
            .setProfile(signal.profile())
            .setSubject(signal.subject())
            .setRaisedMillis(signal.raisedAt().toEpochMilli())
            .setSampleMillis(signal.sampleAt().toEpochMilli())
            .setKind(signal.kind().name())
            .setResource(signal.resource().map(Resource::name).orElse(""))
            .setObserved(signal.observed())
            .setScore(signal.score())
            .setThreshold(signal.threshold())
            .setMessage(signal.message())
            .setRemedy(signal.remedy().name())
            .setOutcome(signal.outcome().name());
    signal.expected().ifPresent(row::setExpected);
    signal.before().ifPresent(held -> row.setBefore(Rows.amounts(held)));
    signal.drift().ifPresent(detail -> row.setDrift(drift(detail)));
    return row.build();
  }

  private static DriftRow drift(DriftDetail detail) {
    DriftRow.Builder row =
        DriftRow.newBuilder()
            .setVersion(detail.drift().version())
            .setMagnitude(detail.drift().magnitude())
            .setCases(detail.outlook().cases());
    detail.drift().direction().forEach((part, length) -> row.putDirection(part.name(), length));
    detail.outlook().growth().forEach((resource, times) -> row.putGrowth(resource.name(), times));
    return row.build();
  }

  private static DriftDetail drift(DriftRow row) {
    EnumMap<Component, Double> direction = new EnumMap<>(Component.class);
    row.getDirectionMap().forEach((part, length) -> direction.put(Component.valueOf(part), length));
    EnumMap<Resource, Double> growth = new EnumMap<>(Resource.class);
    row.getGrowthMap().forEach((resource, times) -> growth.put(Resource.valueOf(resource), times));
    return new DriftDetail(
        new Drift(row.getVersion(), row.getMagnitude(), direction),
        new Outlook(growth, row.getCases()));
  }

  static Signal value(SignalRow row) {
    return new Signal(
        SignalName.parse(row.getName()),
        ReservationName.parse(row.getReservation()),
        TrustZoneName.parse(row.getTrustZone()),
        row.getProfile(),
        row.getSubject(),
        Instant.ofEpochMilli(row.getRaisedMillis()),
        Instant.ofEpochMilli(row.getSampleMillis()),
        Finding.Kind.valueOf(row.getKind()),
        row.getResource().isEmpty()
            ? Optional.empty()
            : Optional.of(Resource.valueOf(row.getResource())),
        row.getObserved(),
        row.hasExpected() ? OptionalLong.of(row.getExpected()) : OptionalLong.empty(),
        row.getScore(),
        row.getThreshold(),
        row.getMessage(),
        Remedy.valueOf(row.getRemedy()),
        SignalRules.Outcome.valueOf(row.getOutcome()),
        row.hasBefore() ? Optional.of(Rows.amounts(row.getBefore())) : Optional.empty(),
        row.hasDrift() ? Optional.of(drift(row.getDrift())) : Optional.empty());
  }
}
