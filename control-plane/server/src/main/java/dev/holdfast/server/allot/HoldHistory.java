package dev.holdfast.server.allot;

import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.server.learn.LatestOf;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What reservations held, and until when: a sample is of the time before it came, and the hold may
 * have changed since. A change is known when the next sample comes. Safe for several threads.
 */
final class HoldHistory {
  private static final int RESERVATIONS_MAX = 20_000;
  private static final int CHANGES_MAX = 16;

  /** How long after a change nodes may still go by the amount before. */
  private static final Duration SLACK = Duration.ofSeconds(1);

  private final Map<ReservationName, List<Held>> holds = new LatestOf<>(RESERVATIONS_MAX);

  /** An amount, and from when on it was known to be held. */
  private record Held(ResourceVector amount, Instant since) {}

  /** Notes what a reservation holds now. */
  synchronized void note(ReservationName reservation, ResourceVector amount, Instant now) {
    List<Held> known = holds.computeIfAbsent(reservation, _ -> new ArrayList<>());
    if (known.isEmpty() || !known.getLast().amount().equals(amount)) {
      known.add(new Held(amount, now));
      if (known.size() > CHANGES_MAX) {
        known.removeFirst();
      }
    }
  }

  /** What may have been held at some time of a sample's period; empty where nothing was noted. */
  synchronized List<ResourceVector> during(ReservationName reservation, UsageSample sample) {
    List<Held> known = holds.getOrDefault(reservation, List.of());
    List<ResourceVector> amounts = new ArrayList<>();
    for (int i = 0; i < known.size(); i++) {
      // It was changed at some time after the one before was last seen.
      boolean begun = i == 0 || known.get(i - 1).since().isBefore(sample.endedAt());
      boolean over =
          i + 1 < known.size() && known.get(i + 1).since().plus(SLACK).isBefore(sample.startedAt());
      if (begun && !over) {
        amounts.add(known.get(i).amount());
      }
    }
    return amounts;
  }
}
