package dev.holdfast.tests.fault.ledger;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.RowWatch;
import dev.holdfast.store.ledger.Stored;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * A copy of all reservations that is kept by a watch, and listed anew where the watch says that its
 * history is gone.
 */
final class Follower {
  private static final Duration TURN = Duration.ofMillis(200);

  private final Ledger ledger;
  private final Map<ReservationName, Reservation> copy = new TreeMap<>();
  private long seen;
  private int heard;
  private int listed;

  /** Lists for the first time. */
  Follower(Ledger ledger) {
    this.ledger = ledger;
    list();
  }

  /** The copy. */
  Map<ReservationName, Reservation> copy() {
    return copy;
  }

  /** How many changes it heard of. */
  int heard() {
    return heard;
  }

  /** How often it had to list. */
  int listed() {
    return listed;
  }

  /** Follows until the copy has a reservation. */
  void until(ReservationName marker) {
    while (!copy.containsKey(marker)) {
      try (RowWatch<Reservation> watch = ledger.reservations().watch(seen + 1)) {
        follow(watch, marker);
      }
      if (!copy.containsKey(marker)) {
        listIfAnswered();
      }
    }
  }

  /** Applies what the watch says, until the marker or the end of its history. */
  private void follow(RowWatch<Reservation> watch, ReservationName marker) {
    while (!copy.containsKey(marker)) {
      switch (watch.next(TURN)) {
        case RowWatch.Changed<Reservation>(long at, var rows) -> {
          seen = at;
          heard += rows.size();
          rows.forEach(this::apply);
        }
        case RowWatch.Compacted<Reservation> _ -> {
          return;
        }
        case RowWatch.Idle<Reservation> _, RowWatch.Disconnected<Reservation> _ -> {
          // It goes on by itself.
        }
      }
    }
  }

  private void apply(RowWatch.RowChange<Reservation> change) {
    switch (change) {
      case RowWatch.Put<Reservation>(Stored<Reservation> row) ->
          copy.put(row.value().name(), row.value());
      case RowWatch.Removed<Reservation>(String name) -> copy.remove(ReservationName.parse(name));
      case RowWatch.Unreadable<Reservation>(String name) ->
          throw new AssertionError("cannot read " + name);
    }
  }

  /** A member that dies takes the answer along; the watch then says again what it misses. */
  private void listIfAnswered() {
    try {
      list();
    } catch (Refusal refusal) {
      if (!(refusal.problem() instanceof Problem.StoreUnavailable)) {
        throw refusal;
      }
    }
  }

  private void list() {
    LedgerSnapshot snapshot = ledger.snapshot();
    copy.clear();
    copy.putAll(snapshot.reservations());
    seen = snapshot.revision();
    listed++;
  }
}
