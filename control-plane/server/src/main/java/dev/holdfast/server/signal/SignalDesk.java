package dev.holdfast.server.signal;

import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.SignalName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.signal.Finding;
import dev.holdfast.pam.signal.Remedy;
import dev.holdfast.pam.signal.Signal;
import dev.holdfast.pam.signal.SignalRules;
import dev.holdfast.server.allot.UsageListener;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.Stored;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/**
 * Watches usage as it comes in, keeps what is found in the ledger, and has policies' remedies
 * carried out. What the detectors have learnt is in memory, and learnt again from the usage series
 * when this replica begins to lead.
 */
public final class SignalDesk implements UsageListener {
  private final ServerConfig config;
  private final Ledger ledger;
  private final Remedies remedies;
  private final Watches watches;
  private final Journal journal;
  private final ExecutorService workers;
  private final InstantSource clock;

  /** The parts that signals go through. */
  public record Parts(
      ServerConfig config,
      Ledger ledger,
      Learning learning,
      Remedies remedies,
      Journal journal,
      ExecutorService workers) {}

  /** A desk over these parts. */
  public SignalDesk(Parts parts, InstantSource clock) {
    this.config = parts.config();
    this.ledger = parts.ledger();
    this.remedies = parts.remedies();
    this.watches = new Watches(parts.learning());
    this.journal = parts.journal();
    this.workers = parts.workers();
    this.clock = clock;
  }

  /** Nothing is raised. */
  @Override
  public void learn(ProfileKey profile, Optional<Reservation> reservation, UsageSample sample) {
    watches.next(profile, reservation, sample, false);
  }

  @Override
  public void observe(Reservation reservation, UsageSample sample) {
    ProfileKey profile = ProfileKey.of(reservation.name().tenant(), reservation.workload());
    for (Finding finding : watches.next(profile, Optional.of(reservation), sample, true)) {
      raise(reservation, profile, finding);
    }
  }

  /** Carries out what was intended when the replica that led before was lost. */
  public void resume() {
    ledger.signals().all().stream()
        .map(Stored::value)
        .filter(signal -> signal.outcome() == SignalRules.Outcome.INTENDED)
        .filter(signal -> config.zones().containsKey(signal.trustZone()))
        .forEach(this::carryOut);
  }

  private void carryOut(Signal signal) {
    SignalRules rules = config.zone(signal.trustZone()).signals();
    workers.execute(() -> remedies.carryOut(signal, rules));
  }

  private void raise(Reservation reservation, ProfileKey profile, Finding finding) {
    SignalRules rules = config.zone(reservation.trustZone()).signals();
    Optional<Signal> raised;
    synchronized (this) {
      // One after the other, so that together they keep to the limit of their zone.
      Instant now = clock.instant();
      SignalRules.Choice choice =
          rules.choose(finding.kind(), carriedOut(reservation.trustZone()), now);
      Signal signal = signal(reservation, profile, finding, choice, now);
      raised = ledger.signals().raise(signal) ? Optional.of(signal) : Optional.empty();
    }
    raised.ifPresent(
        signal -> {
          journal.record(
              new Event.Signalled(signal.name(), signal.kind(), signal.remedy(), signal.outcome()));
          if (signal.outcome() == SignalRules.Outcome.INTENDED) {
            carryOut(signal);
          }
        });
  }

  private List<Instant> carriedOut(TrustZoneName zone) {
    return ledger.signals().all().stream()
        .map(Stored::value)
        .filter(signal -> signal.trustZone().equals(zone) && signal.carriedOut())
        .map(Signal::raisedAt)
        .toList();
  }

  private static Signal signal(
      Reservation reservation,
      ProfileKey profile,
      Finding finding,
      SignalRules.Choice choice,
      Instant now) {
    UsageSample sample = finding.sample();
    String about = finding.resource().map(Resource::name).orElse("usage");
    // The same finding in the same sample has the same name: told twice, it is raised once.
    String id =
        Sha256.of(sample.subject() + "/" + sample.sequence() + "/" + finding.kind() + "/" + about)
            .hex();
    Optional<ResourceVector> held =
        choice.remedy() == Remedy.THROTTLE
            ? reservation.hold().map(Hold::amount)
            : Optional.empty();
    return new Signal(
        new SignalName(reservation.name().tenant(), "s-" + id.substring(0, 40)),
        reservation.name(),
        reservation.trustZone(),
        ProfileName.of(profile).toString(),
        sample.subject(),
        now,
        sample.endedAt(),
        finding.kind(),
        finding.resource(),
        finding.resource().map(resource -> sample.usage().get(resource)).orElse(0L),
        finding.expected(),
        finding.score(),
        finding.threshold(),
        about + " " + finding.words() + ".",
        choice.remedy(),
        choice.outcome(),
        held,
        finding.drift());
  }
}
