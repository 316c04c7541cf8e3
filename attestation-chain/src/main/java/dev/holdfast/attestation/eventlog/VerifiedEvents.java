package dev.holdfast.attestation.eventlog;

import dev.holdfast.attestation.Claim;
import java.util.List;

/** Events that replay to quoted registers; only {@link Replay} makes them. */
public final class VerifiedEvents implements Replay.Outcome {
  private final List<Claim.MeasuredEvent> events;

  VerifiedEvents(List<Claim.MeasuredEvent> events) {
    this.events = List.copyOf(events);
  }

  /** The events of quoted registers, in order. */
  public List<Claim.MeasuredEvent> events() {
    return events;
  }
}
