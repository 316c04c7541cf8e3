package dev.holdfast.server.service;

import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.server.wire.Read;
import java.time.Duration;
import java.time.Instant;

/** When a reservation is wanted for: from one moment to another, or for so long from now. */
final class WantedTime {
  private static final Duration END_MAX = Duration.ofDays(31);
  private static final Duration START_SLACK = Duration.ofMinutes(1);
  private static final Duration HOLD_LEAST = Duration.ofMillis(1);

  private WantedTime() {}

  /** The interval that a request means at a time; refused where it is not possible. */
  static Interval of(CreateReservationRequest request, Instant now) {
    Interval wanted = request.hasHoldDuration() ? spanned(request, now) : dated(request, now);
    if (wanted.end().isAfter(now.plus(END_MAX))) {
      throw new Refusal(
          new Problem.Window("it ends at " + wanted.end(), "End it within 31 days from now."));
    }
    return wanted;
  }

  private static Interval spanned(CreateReservationRequest request, Instant now) {
    if (request.getReservation().hasInterval()) {
      throw new Refusal(
          new Problem.Window(
              "it has both an interval and a hold_duration", "Send one of the two."));
    }
    Duration delay =
        Read.span(
            "start_delay",
            request.hasStartDelay(),
            request.getStartDelay(),
            Duration.ZERO,
            Duration.ZERO,
            END_MAX);
    Duration length =
        Read.span(
            "hold_duration", true, request.getHoldDuration(), HOLD_LEAST, HOLD_LEAST, END_MAX);
    return Interval.from(now.plus(delay), length);
  }

  private static Interval dated(CreateReservationRequest request, Instant now) {
    var wanted = request.getReservation().getInterval();
    if (!wanted.hasEndTime()) {
      throw new Refusal(new Problem.FieldMissing("reservation.interval.end_time"));
    }
    Instant end = Read.time("interval.end_time", wanted.getEndTime());
    Instant start =
        wanted.hasStartTime() ? Read.time("interval.start_time", wanted.getStartTime()) : now;
    if (start.isBefore(now.minus(START_SLACK))) {
      throw new Refusal(
          new Problem.Window(
              "it starts at " + start + ", and it is " + now,
              "Start it now or later; up to a minute past means now."));
    }
    return new Interval(start.isBefore(now) ? now : start, end);
  }
}
