package dev.holdfast.server.learn;

import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.UsageSample;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * What grants of running reservations used lately, capped or not: what control goes by. The latest
 * {@link #SAMPLES_MAX} samples of each. Not for several threads at once.
 */
final class LatelyUsed {
  private static final int RESERVATIONS_MAX = 20_000;
  private static final int SAMPLES_MAX = 256;
  private static final String GRANTS = "/grants/";

  private final Map<String, Deque<UsageSample>> samples = new LatestOf<>(RESERVATIONS_MAX);

  /** Notes a sample, if it is of a grant. */
  void note(UsageSample sample) {
    int end = sample.subject().indexOf(GRANTS);
    if (end >= 0) {
      Deque<UsageSample> known =
          samples.computeIfAbsent(sample.subject().substring(0, end), _ -> new ArrayDeque<>());
      known.addLast(sample);
      if (known.size() > SAMPLES_MAX) {
        known.removeFirst();
      }
    }
  }

  /** What is known of a reservation, in the order in which it came. */
  Collection<UsageSample> of(ReservationName reservation) {
    Deque<UsageSample> known = samples.get(reservation.toString());
    return known == null ? List.of() : List.copyOf(known);
  }

  /** It is over. */
  void forget(ReservationName reservation) {
    samples.remove(reservation.toString());
  }
}
