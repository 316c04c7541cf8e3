package dev.holdfast.pam.profile;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.model.Workload;
import java.time.Instant;
import java.util.Optional;

/**
 * One run of a workload, from its first grant to its end.
 *
 * @param reservation what it draws on; a reservation serves one run
 * @param trustZone where it ran
 * @param workload what ran, with its inputs
 * @param startedAt when it began
 * @param endedAt when it ended, not before it began; empty while it goes on
 */
public record Run(
    ReservationName reservation,
    TrustZoneName trustZone,
    Workload workload,
    Instant startedAt,
    Optional<Instant> endedAt) {
  /** Refuses an end before the start. */
  public Run {
    if (endedAt.isPresent() && endedAt.get().isBefore(startedAt)) {
      throw new IllegalArgumentException("a run ends after it began");
    }
  }

  /** The same, ended; at its start if the time given is earlier. */
  public Run ended(Instant at) {
    Instant end = at.isBefore(startedAt) ? startedAt : at;
    return new Run(reservation, trustZone, workload, startedAt, Optional.of(end));
  }

  /** Whether a sample was metered under its reservation or under a grant of it. */
  public boolean metered(UsageSample sample) {
    String name = reservation.toString();
    return sample.subject().equals(name) || sample.subject().startsWith(name + "/");
  }

  /** Whether a sample's period overlaps it. */
  public boolean covers(UsageSample sample) {
    return startedAt.isBefore(sample.endedAt())
        && endedAt.map(end -> sample.startedAt().isBefore(end)).orElse(true);
  }
}
