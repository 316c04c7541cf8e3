package dev.holdfast.server.telemetry;

import dev.holdfast.attestation.Verdict;
import dev.holdfast.pam.profile.Doubt;
import dev.holdfast.pam.signal.Remedy;
import dev.holdfast.pam.signal.SignalRules;
import dev.holdfast.server.journal.Event;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** What the journal tells, as metrics: whoever records an event waits until it is counted. */
final class JournalMetrics implements Consumer<Event> {
  /** The most reasons that are told apart; those beyond count as {@code OTHER}. */
  static final int REASONS_MAX = 200;

  private static final String OTHER = "OTHER";

  private final Set<String> reasons = ConcurrentHashMap.newKeySet();
  private final Counter rejections;
  private final Counter grantRefusals;
  private final Counter enrolments;
  private final Histogram appraisals;
  private final Histogram chains;
  private final Histogram suspensions;
  private final Histogram grants;
  private final Counter reservations;
  private final Counter signals;
  private final Histogram trainings;
  private final Counter quarantined;
  private final Counter models;
  private final Counter collateral;
  private final Counter leads;

  JournalMetrics(Instruments instruments) {
    rejections =
        instruments.counter("holdfast_rejections_total", "Calls that were refused.", "reason");
    grantRefusals =
        instruments.counter(
            "holdfast_grant_refusals_total", "Requests for grants that were refused.", "reason");
    enrolments = instruments.counter("holdfast_enrolments_total", "Nodes enrolled.", "verdict");
    appraisals =
        instruments.seconds(
            "holdfast_appraisal_seconds",
            "From the arrival of evidence to the verdict on it.",
            "verdict");
    chains =
        instruments.seconds(
            "holdfast_chain_seconds",
            "From the challenges over a pathway to the signed result.",
            "verdict");
    suspensions =
        instruments.seconds(
            "holdfast_suspension_seconds",
            "From the arrival of what showed that trust was lost to the suspension of a"
                + " reservation.");
    grants =
        instruments.seconds(
            "holdfast_grant_seconds",
            "From a request to its grant; ahead: the reservation had been made before.",
            "ahead");
    reservations =
        instruments.counter(
            "holdfast_reservation_events_total", "What became of reservations.", "event");
    quarantined =
        instruments.counter(
            "holdfast_quarantined_samples_total",
            "Samples of usage that were not believed.",
            "doubt");
    signals =
        instruments.counter(
            "holdfast_signal_events_total",
            "Signals raised, by what the policy called for, and what became of that.",
            "remedy",
            "outcome");
    models = instruments.counter("holdfast_model_events_total", "What became of models.", "event");
    trainings = instruments.seconds("holdfast_training_seconds", "Training one model.");
    collateral =
        instruments.counter(
            "holdfast_collateral_events_total", "What became of collateral.", "event");
    leads = instruments.counter("holdfast_lead_changes_total", "Taking and losing the lead.", "to");
    for (Doubt.Kind kind : Doubt.Kind.values()) {
      quarantined.initLabelValues(word(kind));
    }
    for (Remedy remedy : Remedy.values()) {
      for (SignalRules.Outcome outcome : SignalRules.Outcome.values()) {
        signals.initLabelValues(word(remedy), word(outcome));
      }
    }
    for (Verdict verdict : Verdict.values()) {
      enrolments.initLabelValues(word(verdict));
      appraisals.initLabelValues(word(verdict));
      chains.initLabelValues(word(verdict));
    }
    List.of("true", "false").forEach(grants::initLabelValues);
    List.of("admitted", "planned", "activated", "resized", "suspended", "restored", "ended")
        .forEach(reservations::initLabelValues);
    List.of("expiring", "expired", "fetched", "refused").forEach(collateral::initLabelValues);
    List.of("activated", "rolled_back", "pinned", "released", "refused")
        .forEach(models::initLabelValues);
    List.of("taken", "lost").forEach(leads::initLabelValues);
    List.of(rejections, grantRefusals).forEach(counter -> counter.initLabelValues(OTHER));
  }

  @Override
  public void accept(Event event) {
    switch (event) {
      case Event.Rejected rejected -> rejections.labelValues(reason(rejected.reason())).inc();
      case Event.GrantRefused refused -> grantRefusals.labelValues(reason(refused.reason())).inc();
      case Event.Enrolled enrolled -> enrolments.labelValues(word(enrolled.verdict())).inc();
      case Event.Appraised appraised ->
          took(appraisals, word(appraised.verdict()), appraised.took());
      case Event.ChainMade made -> took(chains, word(made.verdict()), made.took());
      case Event.Suspended suspended -> {
        suspensions.observe(suspended.sinceEvidence().toNanos() / 1e9);
        reservations.labelValues("suspended").inc();
      }
      case Event.Restored _ -> reservations.labelValues("restored").inc();
      case Event.Admitted admitted ->
          reservations.labelValues(admitted.ahead() ? "planned" : "admitted").inc();
      case Event.Activated _ -> reservations.labelValues("activated").inc();
      case Event.Resized _ -> reservations.labelValues("resized").inc();
      case Event.Ended _ -> reservations.labelValues("ended").inc();
      case Event.Granted granted -> took(grants, Boolean.toString(granted.ahead()), granted.took());
      case Event.Trained trained -> trainings.observe(trained.took().toNanos() / 1e9);
      case Event.ChampionsChanged changed -> models.labelValues(changed.change()).inc();
      case Event.ModelRefused _ -> models.labelValues("refused").inc();
      case Event.Quarantined one -> quarantined.labelValues(word(one.doubt().kind())).inc();
      case Event.Signalled one ->
          signals.labelValues(word(one.remedy()), word(one.outcome())).inc();
      case Event.CollateralExpiring ending ->
          collateral.labelValues(ending.expired() ? "expired" : "expiring").inc();
      case Event.CollateralFetched _ -> collateral.labelValues("fetched").inc();
      case Event.CollateralRefused _ -> collateral.labelValues("refused").inc();
      case Event.LeadTaken _ -> leads.labelValues("taken").inc();
      case Event.LeadLost _ -> leads.labelValues("lost").inc();
      case Event.ForeignRows _, Event.Measured _ -> {
        // The ledger and the usage series count them themselves.
      }
    }
  }

  private static void took(Histogram histogram, String label, Duration took) {
    histogram.labelValues(label).observe(took.toNanos() / 1e9);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** Reasons are words of our own, and there are not so many: this holds whatever they come to. */
  private String reason(String reason) {
    return reasons.contains(reason) || (reasons.size() < REASONS_MAX && reasons.add(reason))
        ? reason
        : OTHER;
  }
}
