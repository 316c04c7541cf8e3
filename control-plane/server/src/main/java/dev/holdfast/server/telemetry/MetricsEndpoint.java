package dev.holdfast.server.telemetry;

import dev.holdfast.server.config.ServerConfig;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Where Prometheus reads the metrics: {@code /metrics}, over plain HTTP, without asking who reads.
 *
 * <p>The server of the JDK is bounded by properties of the process, which are set here unless the
 * process has its own: 32 connections, one thread each; 16 KiB of headers; 10 seconds for a
 * request, and 10 for its answer.
 */
public final class MetricsEndpoint implements AutoCloseable {
  private static final Map<String, String> BOUNDS =
      Map.of(
          "jdk.httpserver.maxConnections", "32",
          "sun.net.httpserver.maxReqHeaderSize", "16384",
          "sun.net.httpserver.maxReqTime", "10",
          "sun.net.httpserver.maxRspTime", "10");

  private final HTTPServer server;

  private MetricsEndpoint(HTTPServer server) {
    this.server = server;
  }

  /**
   * Serves a registry.
   *
   * @throws IOException when it cannot listen there
   */
  static MetricsEndpoint start(PrometheusRegistry registry, ServerConfig.MetricsAddress where)
      throws IOException {
    BOUNDS.forEach(
        (name, value) -> {
          if (System.getProperty(name) == null) {
            System.setProperty(name, value);
          }
        });
    ExecutorService threads =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("holdfast-metrics-", 0).factory());
    try {
      return new MetricsEndpoint(
          HTTPServer.builder()
              .inetAddress(InetAddress.getByName(where.address()))
              .port(where.port())
              .registry(registry)
              .executorService(threads)
              .buildAndStart());
    } catch (IOException e) {
      threads.shutdown();
      throw new IOException(
          "metrics cannot be served on "
              + where.address()
              + ":"
              + where.port()
              + ", as metrics.address and metrics.port say",
          e);
    }
  }

  /** The port that it listens on. */
  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.close();
  }
}
