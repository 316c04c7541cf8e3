package dev.holdfast.peers;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A Prometheus server on loopback that scrapes nothing and serves a history given to it, for as
 * long as this object is open.
 *
 * <p>The server that answers is known to be the one started: it is asked for the folder that it
 * keeps its data in.
 */
public final class Prometheus implements AutoCloseable {
  private static final Duration START_DEADLINE = Duration.ofSeconds(60);
  private static final Duration BACKFILL_DEADLINE = Duration.ofMinutes(2);
  private static final Duration REQUEST_DEADLINE = Duration.ofSeconds(1);

  private final LocalProcess process;
  private final URI address;

  private Prometheus(LocalProcess process, URI address) {
    this.process = process;
    this.address = address;
  }

  /** Whether Prometheus and its tool are on this machine's path. */
  public static boolean installed() {
    return onPath("prometheus") && onPath("promtool");
  }

  private static boolean onPath(String program) {
    String path = System.getenv("PATH");
    return path != null
        && Stream.of(path.split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /**
   * Starts Prometheus on a history.
   *
   * @param folder empty or missing; data and logs are below it
   * @param openMetrics samples with timestamps in the OpenMetrics text format, ending in {@code #
   *     EOF}
   * @throws IllegalStateException when the history is not accepted, or the server exits, does not
   *     serve within a minute, or is another
   */
  public static Prometheus start(Path folder, String openMetrics) {
    Path data = folder.resolve("data").toAbsolutePath();
    int port = FreePorts.of(1).getFirst();
    URI address = URI.create("http://127.0.0.1:" + port);
    try {
      Files.createDirectories(data);
      Path history = Files.writeString(folder.resolve("history.txt"), openMetrics);
      Files.writeString(folder.resolve("prometheus.yml"), "scrape_configs: []\n");
      Path log = folder.resolve("backfill.log");
      List<String> backfill =
          List.of(
              "promtool",
              "tsdb",
              "create-blocks-from",
              "openmetrics",
              history.toString(),
              data.toString());
      int code =
          LocalProcess.start("promtool", backfill, Map.of(), log).awaitExit(BACKFILL_DEADLINE);
      if (code != 0) {
        throw new IllegalStateException("promtool failed: " + Files.readString(log));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + folder + " for Prometheus", e);
    }
    List<String> command =
        List.of(
            "prometheus",
            "--config.file=" + folder.resolve("prometheus.yml"),
            "--storage.tsdb.path=" + data,
            "--storage.tsdb.retention.time=10y",
            "--web.listen-address=127.0.0.1:" + port,
            "--log.level=warn");
    LocalProcess process =
        LocalProcess.start("prometheus", command, Map.of(), folder.resolve("prometheus.log"));
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(REQUEST_DEADLINE).build()) {
      process.awaitReady(() -> answersAs(http, address, data), START_DEADLINE);
    } catch (RuntimeException e) {
      process.kill();
      throw e;
    }
    return new Prometheus(process, address);
  }

  private static boolean answersAs(HttpClient http, URI address, Path data)
      throws IOException, InterruptedException {
    if (get(http, address.resolve("/-/ready")).statusCode() != 200) {
      return false;
    }
    String flags = get(http, address.resolve("/api/v1/status/flags")).body();
    if (!flags.contains("\"storage.tsdb.path\":\"" + data + "\"")) {
      throw new IllegalStateException("another Prometheus answers at " + address);
    }
    return true;
  }

  private static HttpResponse<String> get(HttpClient http, URI address)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(address).timeout(REQUEST_DEADLINE).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** Where it answers, such as {@code http://127.0.0.1:41234}. */
  public URI address() {
    return address;
  }

  /** The process itself, for who wants to stop or kill it. */
  public LocalProcess process() {
    return process;
  }

  /** Ends it; what it was given stays. */
  @Override
  public void close() {
    process.close();
  }
}
