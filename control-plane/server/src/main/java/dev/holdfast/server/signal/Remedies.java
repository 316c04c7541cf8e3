package dev.holdfast.server.signal;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.SignalName;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.pam.signal.Remedy;
import dev.holdfast.pam.signal.Signal;
import dev.holdfast.pam.signal.SignalRules;
import dev.holdfast.pam.signal.SignalRules.Outcome;
import dev.holdfast.server.allot.Provisioner;
import dev.holdfast.server.allot.Resizes;
import dev.holdfast.server.chain.Trust;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.store.kv.StoreFailure;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.Stored;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what policies call for about signals, and takes it back. */
public final class Remedies {
  private static final Logger LOG = LoggerFactory.getLogger(Remedies.class);

  private final Ledger ledger;
  private final Trust trust;
  private final Resizes resizes;
  private final Provisioner provisioner;
  private final Journal journal;
  private final InstantSource clock;

  /** Remedies by these means. */
  public Remedies(
      Ledger ledger,
      Trust trust,
      Resizes resizes,
      Provisioner provisioner,
      Journal journal,
      InstantSource clock) {
    this.ledger = ledger;
    this.trust = trust;
    this.resizes = resizes;
    this.provisioner = provisioner;
    this.journal = journal;
    this.clock = clock;
  }

  /** Does what is intended, and notes in the signal what came of it. */
  void carryOut(Signal signal, SignalRules rules) {
    long began = System.nanoTime();
    try {
      String words =
          switch (signal.remedy()) {
            case ALERT -> "";
            case THROTTLE -> throttle(signal, rules.throttleRatio());
            case ISOLATE -> {
              trust.suspend(signal.reservation(), cause(signal, Signal.ISOLATED), began);
              yield "The reservation was suspended.";
            }
            case TERMINATE -> {
              ledger.reservations().release(signal.reservation(), cause(signal, "TERMINATED"));
              provisioner.wake();
              yield "The reservation was released.";
            }
          };
      noted(signal.name(), Outcome.DONE, words);
    } catch (Refusal refused) {
      noted(signal.name(), Outcome.FAILED, String.valueOf(refused.getMessage()));
    } catch (StoreFailure away) {
      // It stays INTENDED: whether it was done is not known.
      LOG.warn("the remedy of {} may not have been carried out", signal.name(), away);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private static Cause cause(Signal signal, String reason) {
    return new Cause(reason, signal.message(), signal.name().toString(), signal.raisedAt());
  }

  private String throttle(Signal signal, double ratio) throws InterruptedException {
    Resource resource =
        signal
            .resource()
            .filter(Resource::isRate)
            .orElseThrow(
                () -> illegal(signal.name(), "about no rate", "Only a rate can be held down."));
    // Of what was held when it was raised: done twice, it is done once.
    long before = signal.before().orElse(held(signal).amount()).get(resource);
    long less = Math.max(1, (long) (before * ratio));
    resizes.resize(reservation(signal), held(signal).amount().with(resource, less));
    return "It holds " + less + " of " + resource + " instead of " + before + ".";
  }

  /**
   * Takes back what was done about a signal.
   *
   * @throws Refusal with {@link Problem.IllegalState} where nothing was done, or nothing that can
   *     be undone, or the reservation is not as the remedy left it
   */
  public Signal undo(SignalName name) throws InterruptedException {
    Signal signal =
        ledger
            .signals()
            .get(name)
            .map(Stored::value)
            .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
    if (signal.outcome() != Outcome.DONE || !signal.remedy().undoable()) {
      throw illegal(
          name,
          signal.remedy() + " " + signal.outcome(),
          "Only a THROTTLE or an ISOLATE that is DONE can be undone.");
    }
    if (signal.remedy() == Remedy.ISOLATE) {
      restore(signal);
    } else {
      unthrottle(signal);
    }
    return noted(name, Outcome.UNDONE, "It was taken back at " + clock.instant() + ".");
  }

  private void restore(Signal signal) {
    Reservation reservation = reservation(signal);
    boolean ours =
        reservation.state() instanceof ReservationState.Suspended suspended
            && suspended.cause().subject().equals(signal.name().toString());
    if (!ours) {
      throw illegal(
          signal.reservation().toString(),
          reservation.state().label(),
          "It is not suspended by this signal any more.");
    }
    ledger.reservations().restore(signal.reservation());
    journal.record(new Event.Restored(signal.reservation()));
    provisioner.wake();
  }

  private void unthrottle(Signal signal) throws InterruptedException {
    Resource resource = signal.resource().orElseThrow();
    long before = signal.before().orElseThrow().get(resource);
    resizes.resize(reservation(signal), held(signal).amount().with(resource, before));
  }

  private Signal noted(SignalName name, Outcome outcome, String words) {
    Signal noted =
        ledger
            .signals()
            .update(name, signal -> signal.after(outcome, words))
            .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
    journal.record(new Event.Signalled(name, noted.kind(), noted.remedy(), outcome));
    return noted;
  }

  private Reservation reservation(Signal signal) {
    return ledger
        .reservations()
        .get(signal.reservation())
        .map(Stored::value)
        .orElseThrow(() -> new Refusal(new Problem.NotFound(signal.reservation().toString())));
  }

  private Hold held(Signal signal) {
    Reservation reservation = reservation(signal);
    return reservation
        .hold()
        .orElseThrow(
            () ->
                illegal(
                    reservation.name().toString(),
                    reservation.state().label(),
                    "Nothing is held any more."));
  }

  private static Refusal illegal(Object subject, String state, String remedy) {
    return new Refusal(new Problem.IllegalState(subject.toString(), state, remedy));
  }
}
