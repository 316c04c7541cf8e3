package dev.holdfast.peers;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Prometheus server on loopback that serves a history given to it, or scrapes what it is told to,
 * for as long as this object is open.
 *
 * <p>The server that answers is known to be the one started: it is asked for the folder that it
 * keeps its data in.
 */
public final class Prometheus implements AutoCloseable {
  private static final Duration START_DEADLINE = Duration.ofSeconds(60);
  private static final Duration BACKFILL_DEADLINE = Duration.ofMinutes(2);
  private static final Duration REQUEST_DEADLINE = Duration.ofSeconds(1);

  private static final Pattern VALUE = Pattern.compile("\"value\":\\[[0-9.e+]+,\"([^\"]+)\"\\]");

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
    Path data = data(folder);
    try {
      Files.createDirectories(data);
      Path history = Files.writeString(folder.resolve("history.txt"), openMetrics);
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
    return run(folder, "scrape_configs: []\n");
  }

  /**
   * Starts Prometheus on nothing yet, and has it scrape a target on this host once a second.
   *
   * @param folder empty or missing; data and logs are below it
   * @param port of the target, which serves its metrics at {@code /metrics}
   * @throws IllegalStateException when the server exits, does not serve within a minute, or is
   *     another
   */
  public static Prometheus scraping(Path folder, int port) {
    return run(
        folder,
        """
        scrape_configs:
          - job_name: target
            scrape_interval: 1s
            static_configs:
              - targets: ["127.0.0.1:%d"]
        """
            .formatted(port));
  }

  private static Path data(Path folder) {
    return folder.resolve("data").toAbsolutePath();
  }

  private static Prometheus run(Path folder, String configuration) {
    Path data = data(folder);
    Path file = folder.resolve("prometheus.yml");
    try {
      Files.createDirectories(data);
      Files.writeString(file, configuration);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + folder + " for Prometheus", e);
    }
    int port = FreePorts.of(1).getFirst();
    URI address = URI.create("http://127.0.0.1:" + port);
    List<String> command =
        List.of(
            "prometheus",
            "--config.file=" + file,
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

  /**
   * Waits until a query has values that are as they should be; an instant vector of one point each.
   *
   * @param query in PromQL
   * @throws IllegalStateException when they are not within the deadline
   */
  public void await(String query, Predicate<List<Double>> enough, Duration deadline) {
    URI asked =
        address.resolve("/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(REQUEST_DEADLINE).build()) {
      process.awaitReady(
          () -> {
            String answer = get(http, asked).body();
            if (enough.test(values(answer))) {
              return true;
            }
            throw new IOException(query + " was answered with " + answer);
          },
          deadline);
    }
  }

  private static List<Double> values(String answer) {
    return VALUE.matcher(answer).results().map(one -> Double.valueOf(one.group(1))).toList();
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
