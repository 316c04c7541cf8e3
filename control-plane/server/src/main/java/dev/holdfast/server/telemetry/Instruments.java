package dev.holdfast.server.telemetry;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Makes the metrics of one registry. Names follow the conventions of Prometheus: the unit last, in
 * base units. What a label may say is few words that are known beforehand: never a name of a node
 * or a tenant, nor what a caller chose.
 */
final class Instruments {
  /** Upper bounds for what takes half a millisecond to a minute, in seconds. */
  private static final double[] SECONDS = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
  };

  private final PrometheusRegistry registry;

  Instruments(PrometheusRegistry registry) {
    this.registry = registry;
  }

  /** How long something takes. */
  Histogram seconds(String name, String help, String... labels) {
    return histogram(name, help, SECONDS, labels);
  }

  Histogram histogram(String name, String help, double[] bounds, String... labels) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .labelNames(labels)
        .classicOnly()
        .classicUpperBounds(bounds)
        .withoutExemplars()
        .register(registry);
  }

  /** Something that is counted up; its name ends in {@code _total}. */
  Counter counter(String name, String help, String... labels) {
    return Counter.builder()
        .name(name)
        .help(help)
        .labelNames(labels)
        .withoutExemplars()
        .register(registry);
  }

  Gauge gauge(String name, String help, String... labels) {
    return Gauge.builder()
        .name(name)
        .help(help)
        .labelNames(labels)
        .withoutExemplars()
        .register(registry);
  }

  /** A number that is looked up when it is read; empty: it is not served then. */
  void read(String name, String help, Supplier<Optional<? extends Number>> value) {
    readEach(
        name, help, callback -> value.get().ifPresent(found -> callback.call(found.doubleValue())));
  }

  /** Numbers that are looked up when they are read. */
  void readEach(
      String name, String help, Consumer<GaugeWithCallback.Callback> values, String... labels) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(labels)
        .callback(values)
        .register(registry);
  }
}
