package dev.holdfast.server.telemetry;

import dev.holdfast.store.ledger.LedgerMeter;
import dev.holdfast.store.ledger.LedgerVitals;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** What a ledger says of itself, as metrics. */
final class LedgerMetrics implements LedgerMeter {
  private static final double[] CHANGES = {1, 2, 4, 8, 16, 32, 64, 128};

  private final Instruments instruments;
  private final Counter turnedAway;
  private final Histogram commit;
  private final Histogram batch;
  private final Map<Ending, DistributionDataPoint> transactions;
  private final Map<Finding, DistributionDataPoint> settlements;
  private final Histogram load;
  private final Counter foreign;

  LedgerMetrics(Instruments instruments) {
    this.instruments = instruments;
    turnedAway =
        instruments.counter(
            "holdfast_ledger_turned_away_total",
            "Changes that were turned away because the queue was full.");
    commit =
        instruments.seconds(
            "holdfast_ledger_commit_seconds",
            "From when a change joined the queue until it was committed.");
    batch =
        instruments.histogram(
            "holdfast_ledger_batch_changes", "Changes in one transaction.", CHANGES);
    transactions =
        each(
            Ending.class,
            instruments.seconds(
                "holdfast_ledger_transaction_seconds",
                "What the store took for one transaction of changes.",
                "outcome"));
    settlements =
        each(
            Finding.class,
            instruments.seconds(
                "holdfast_ledger_settlement_seconds",
                "Finding out what became of a transaction whose answer was lost.",
                "finding"));
    load =
        instruments.seconds(
            "holdfast_ledger_load_seconds", "Reading and verifying every row of the shard.");
    foreign =
        instruments.counter(
            "holdfast_ledger_foreign_changes_total", "Rows that somebody else changed.");
  }

  /** All of them are served from the start, at zero. */
  private static <E extends Enum<E>> Map<E, DistributionDataPoint> each(
      Class<E> words, Histogram histogram) {
    var points = new EnumMap<E, DistributionDataPoint>(words);
    for (E word : words.getEnumConstants()) {
      points.put(word, histogram.labelValues(word.name().toLowerCase(Locale.ROOT)));
    }
    return points;
  }

  private static double seconds(Duration span) {
    return span.toNanos() / 1e9;
  }

  private static <E> void observe(Map<E, DistributionDataPoint> points, E key, Duration took) {
    Optional.ofNullable(points.get(key)).ifPresent(point -> point.observe(seconds(took)));
  }

  @Override
  public void turnedAway() {
    turnedAway.inc();
  }

  @Override
  public void changed(Duration waited) {
    commit.observe(seconds(waited));
  }

  @Override
  public void transaction(int changes, Ending ending, Duration took) {
    batch.observe(changes);
    observe(transactions, ending, took);
  }

  @Override
  public void settled(Finding finding, Duration took) {
    observe(settlements, finding, took);
  }

  @Override
  public void loaded(Duration took) {
    load.observe(seconds(took));
  }

  @Override
  public void foreign(int rows) {
    foreign.inc(rows);
  }

  /** Reads how a ledger stands, whenever it is asked for. */
  void read(Supplier<LedgerVitals> vitals) {
    instruments.read(
        "holdfast_ledger_queue_changes",
        "Changes that wait for a transaction to come.",
        () -> Optional.of(vitals.get().queued()));
    instruments.read(
        "holdfast_ledger_leading",
        "1 where this replica leads, else 0.",
        () -> Optional.of(vitals.get().reign().isPresent() ? 1 : 0));
    led("holdfast_ledger_term", "The term that it leads with.", vitals, LedgerVitals.Reign::term);
    led("holdfast_ledger_rows", "Rows that are stored.", vitals, LedgerVitals.Reign::rows);
    led(
        "holdfast_ledger_unreadable_rows",
        "Rows that cannot be used, quarantined ones among them.",
        vitals,
        LedgerVitals.Reign::unreadable);
    led(
        "holdfast_ledger_quarantined_rows",
        "Rows that somebody else changed, and that are kept from use.",
        vitals,
        LedgerVitals.Reign::quarantined);
  }

  private void led(
      String name,
      String help,
      Supplier<LedgerVitals> vitals,
      Function<LedgerVitals.Reign, Number> value) {
    instruments.read(name, help, () -> vitals.get().reign().map(value));
  }
}
