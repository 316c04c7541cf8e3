package dev.holdfast.server.telemetry;

import dev.holdfast.server.collateral.CollateralFetcher;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.loop.Loop;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.ledger.LedgerMeter;
import dev.holdfast.store.series.UsageSeries;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.instrumentation.jvm.JvmBufferPoolMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.util.List;

/**
 * Everything that one server measures of itself. It is measured always, which costs next to
 * nothing, and served where the configuration says.
 */
public final class Telemetry {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Instruments instruments = new Instruments(registry);
  private final LedgerMetrics ledger = new LedgerMetrics(instruments);
  private final Timings store;
  private final Timings fetches;
  private final Gauge fetching;
  private final Timings messages;
  private final Timings loops;

  /** The metrics of a server whose events a journal takes. */
  public Telemetry(Journal journal) {
    journal.listen(new JournalMetrics(instruments));
    store =
        timings(
            "holdfast_store_seconds",
            "Calls of the store that the ledger is in.",
            "operation",
            MeteredStore.OPERATIONS);
    fetches =
        timings(
            "holdfast_collateral_fetch_seconds",
            "Fetching collateral.",
            "kind",
            MeteredFetcher.KINDS);
    fetching =
        instruments.gauge("holdfast_collateral_fetches_open", "Fetches of collateral under way.");
    messages =
        timings(
            "holdfast_session_message_seconds",
            "Handling one message of a node; its next one waits so long.",
            "message",
            List.of());
    loops = timings("holdfast_loop_pass_seconds", "One pass of a loop.", "loop", List.of());
    JvmMemoryMetrics.builder().register(registry);
    JvmGarbageCollectorMetrics.builder().register(registry);
    JvmBufferPoolMetrics.builder().register(registry);
    ProcessMetrics.builder().register(registry);
  }

  private Timings timings(String name, String help, String label, List<String> operations) {
    return new Timings(instruments.seconds(name, help, label, "outcome"), operations);
  }

  /** Where the ledger says how it fares. */
  public LedgerMeter ledger() {
    return ledger;
  }

  /** How long it takes to handle each message of a node. */
  public Timings messages() {
    return messages;
  }

  /** A store that is timed. */
  public KeyValueStore metered(KeyValueStore inner) {
    return new MeteredStore(inner, store);
  }

  /** A usage series that is timed. */
  public UsageSeries metered(UsageSeries inner) {
    return new MeteredSeries(
        inner,
        timings(
            "holdfast_series_seconds",
            "Calls of the usage series.",
            "operation",
            MeteredSeries.OPERATIONS),
        instruments.counter(
            "holdfast_series_rows_total",
            "Rows of the usage series, by what became of them.",
            "change"));
  }

  /** A fetcher of collateral that is timed. */
  public CollateralFetcher metered(CollateralFetcher inner) {
    return new MeteredFetcher(inner, fetches, fetching);
  }

  /** A pass of a loop that is timed. */
  public Loop.Pass timed(String loop, Loop.Pass pass) {
    loops.know(loop);
    return () -> loops.run(loop, pass::run);
  }

  /** Sees every call of these services. */
  public ServerStreamTracer.Factory calls(List<ServerServiceDefinition> services) {
    return new CallMetrics(instruments, services);
  }

  /** Looks these up whenever the metrics are read. */
  public void read(Readings.Sources sources) {
    ledger.read(sources.ledger()::vitals);
    new Readings(instruments).read(sources);
  }

  /**
   * Serves the metrics until the endpoint is closed.
   *
   * @throws IOException when it cannot listen there
   */
  public MetricsEndpoint serve(ServerConfig.MetricsAddress where) throws IOException {
    return MetricsEndpoint.start(registry, where);
  }
}
