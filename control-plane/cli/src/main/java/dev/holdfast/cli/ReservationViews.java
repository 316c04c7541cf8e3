package dev.holdfast.cli;

import dev.holdfast.proto.reservation.v1.ExplainReservationResponse;
import dev.holdfast.proto.reservation.v1.ExplainReservationResponse.Candidate;
import dev.holdfast.proto.reservation.v1.ExplainReservationResponse.Shortfall;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.resource.v1.InputValue;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reservations and grants for people. */
final class ReservationViews {
  private ReservationViews() {}

  static String list(List<Reservation> reservations, Instant now) {
    Table table = new Table("NAME", "STATE", "AMOUNT", "PATHWAY", "ENDS", "AGE", "CAUSE");
    for (Reservation reservation : reservations) {
      table.row(
          Text.orDash(reservation.getName()),
          Text.word(reservation.getState()),
          AmountOptions.print(amount(reservation)),
          Text.last(reservation.getHold().getPathway()),
          Spans.until(
              reservation.getInterval().hasEndTime(), reservation.getInterval().getEndTime(), now),
          Spans.age(reservation.hasCreateTime(), reservation.getCreateTime(), now),
          Text.orDash(reservation.getCause().getReason()));
    }
    return table.toString();
  }

  /** One change, on one line. */
  static String change(Reservation reservation, Instant now) {
    String cause = reservation.hasCause() ? "  " + Findings.cause(reservation.getCause()) : "";
    return String.format(
        "%s  %-12s  %s  %s%s%n",
        now.truncatedTo(java.time.temporal.ChronoUnit.SECONDS),
        Text.word(reservation.getState()),
        Text.clean(reservation.getName()),
        AmountOptions.print(amount(reservation)),
        cause);
  }

  static String one(Reservation reservation, Instant now) {
    boolean starts = reservation.getInterval().hasStartTime();
    Facts facts =
        new Facts("Reservation " + reservation.getName())
            .fact("state", Text.word(reservation.getState()))
            .fact("cause", reservation.hasCause() ? Findings.cause(reservation.getCause()) : "")
            .fact("amount", AmountOptions.print(amount(reservation)))
            .fact("pathway", reservation.getHold().getPathway())
            .fact("chain", reservation.getHold().getAttestationChain())
            .fact("zone", reservation.getTrustZone())
            .fact("image", reservation.getWorkload().getImage())
            .fact("user", reservation.getWorkload().getUser())
            .fact("type", reservation.getWorkload().getWorkloadType())
            .fact("inputs", inputs(reservation.getWorkload().getInputsMap()))
            .fact("forecast", reservation.getForecast())
            .fact("priority", Integer.toString(reservation.getPriority()))
            .fact("starts", Spans.until(starts, reservation.getInterval().getStartTime(), now))
            .fact(
                "ends",
                Spans.until(
                    reservation.getInterval().hasEndTime(),
                    reservation.getInterval().getEndTime(),
                    now))
            .fact("asked by", Text.word(reservation.getOrigin()))
            .fact("age", Spans.age(reservation.hasCreateTime(), reservation.getCreateTime(), now))
            .fact(
                "changed",
                Spans.until(reservation.hasUpdateTime(), reservation.getUpdateTime(), now))
            .fact("revision", Long.toString(reservation.getRevision()));
    return facts.toString();
  }

  static String grants(List<Grant> grants, Instant now) {
    Table table = new Table("NAME", "LIMITS", "SAFE LIMITS", "NODE", "EXPIRES", "GENERATION");
    for (Grant grant : grants) {
      table.row(
          Text.orDash(grant.getName()),
          AmountOptions.print(grant.getLimits()),
          AmountOptions.print(grant.getSafeLimits()),
          Text.last(grant.getNode()),
          Spans.until(grant.hasExpireTime(), grant.getExpireTime(), now),
          Long.toString(grant.getGeneration()));
    }
    return table.toString();
  }

  static String explanation(ExplainReservationResponse answer, Instant now) {
    StringBuilder text = new StringBuilder(one(answer.getReservation(), now));
    text.append("\nPathways considered");
    if (!answer.getPolicy().isEmpty()) {
      text.append(" under ").append(Text.clean(answer.getPolicy()));
    }
    text.append(answer.getCandidatesCount() == 0 ? ": none\n" : ", best first:\n");
    for (Candidate candidate : answer.getCandidatesList()) {
      text.append('\n').append(candidate(candidate));
    }
    return text.toString();
  }

  private static String candidate(Candidate candidate) {
    StringBuilder text = new StringBuilder();
    text.append(Text.clean(candidate.getPathway())).append("  ");
    text.append(Text.word(candidate.getVerdict()));
    text.append(candidate.hasCause() ? "\n" : "  (chosen)\n");
    if (candidate.hasCause()) {
      text.append("  ").append(Findings.cause(candidate.getCause())).append('\n');
    }
    text.append(Findings.blocks(candidate.getFindingsList(), "  "));
    for (Shortfall lack : candidate.getShortfallsList()) {
      text.append(
          String.format(
              "  %s %s lacks %s: %s asked for, %s free%n",
              Text.word(lack.getRole()),
              Text.clean(lack.getNode()),
              AmountOptions.word(lack.getResource()),
              AmountOptions.print(lack.getResource(), lack.getAsked()),
              AmountOptions.print(lack.getResource(), lack.getFree())));
    }
    return text.toString();
  }

  /** What is held, or else what was asked for. */
  private static ResourceVector amount(Reservation reservation) {
    return reservation.hasHold() ? reservation.getHold().getAmount() : reservation.getAmount();
  }

  static String inputs(Map<String, InputValue> inputs) {
    return inputs.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> entry.getKey() + "=" + value(entry.getValue()))
        .collect(Collectors.joining(" "));
  }

  private static String value(InputValue value) {
    return switch (value.getValueCase()) {
      case NUMBER ->
          new java.math.BigDecimal(Double.toString(value.getNumber()))
              .stripTrailingZeros()
              .toPlainString();
      case TEXT -> value.getText();
      case FLAG -> Boolean.toString(value.getFlag());
      case VALUE_NOT_SET -> "";
    };
  }
}
