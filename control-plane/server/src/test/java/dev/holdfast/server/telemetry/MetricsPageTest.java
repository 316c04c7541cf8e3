package dev.holdfast.server.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.server.HoldfastServer;
import dev.holdfast.server.ServerCommand;
import dev.holdfast.server.config.ConfigReader;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.CertificateAuthority;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server serves, beside the page that says what it serves. */
final class MetricsPageTest {
  private static final Path DOCS =
      Path.of(System.getProperty("holdfast.root", "../..")).resolve("ops/docs");

  /** {@code | `holdfast_x_total` | counter | unit | `label` | meaning | remedy |}. */
  private static final Pattern ROW =
      Pattern.compile(
          "^\\| `(holdfast_\\w+)` \\|([^|]*)\\|([^|]*)\\|([^|]*)\\|[^|]+\\|[^|]*\\|$",
          Pattern.MULTILINE);

  private static final Pattern WORD = Pattern.compile("`(\\w+)`");
  private static final Pattern MENTION = Pattern.compile("\\b(holdfast_[a-z_]+)\\b");
  private static final Pattern TYPE =
      Pattern.compile("^# TYPE (holdfast_\\w+) (\\w+)$", Pattern.MULTILINE);
  private static final Pattern SERIES =
      Pattern.compile("^(holdfast_\\w+)\\{([^}]*)} ", Pattern.MULTILINE);
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

  @TempDir private Path directory = Path.of("");

  private HoldfastServer serve(String metrics) throws IOException {
    CertificateAuthority.open(directory.resolve("tpm"), "tpm.example", InstantSource.system());
    ServerConfig config =
        ConfigReader.read(
            Files.writeString(
                directory.resolve("holdfast.yaml"),
                """
                listen: {port: 0}
                %s
                trustZones:
                  edge:
                    anchors: [tpm/root.pem]
                """
                    .formatted(metrics)));
    return HoldfastServer.start(
        config, ServerCommand.open(config), HoldfastServer.Environment.system());
  }

  /** Sends a request as it is, and reads the answer up to its end. */
  private static String ask(int port, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      InputStream answer = socket.getInputStream();
      return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String scrape(int port) throws IOException {
    String answer =
        ask(port, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
    return answer;
  }

  private static Set<String> labels(String text) {
    return LABEL
        .matcher(text)
        .results()
        .map(one -> one.group(1))
        .filter(label -> !label.equals("le"))
        .collect(TreeSet::new, Set::add, Set::addAll);
  }

  /** The type and the labels of every metric that a running server serves, by its name. */
  private Map<String, String> served() throws IOException {
    String answer;
    try (HoldfastServer server = serve("metrics: {port: 0}")) {
      answer = scrape(server.metricsPort().orElseThrow());
    }
    Map<String, Set<String>> labels = new TreeMap<>();
    for (MatchResult series : SERIES.matcher(answer).results().toList()) {
      labels
          .computeIfAbsent(family(series.group(1)), _ -> new TreeSet<>())
          .addAll(labels(series.group(2)));
    }
    Map<String, String> served = new TreeMap<>();
    for (MatchResult type : TYPE.matcher(answer).results().toList()) {
      Set<String> own = labels.getOrDefault(type.group(1), Set.of());
      served.put(type.group(1), type.group(2) + " " + own);
    }
    assertFalse(served.isEmpty(), answer);
    return served;
  }

  private static String family(String series) {
    return series.replaceFirst("_(bucket|sum|count)$", "");
  }

  @Test
  void thePageAndTheServerNameTheSameMetrics() throws IOException {
    Map<String, String> written = new TreeMap<>();
    for (MatchResult row :
        ROW.matcher(Files.readString(DOCS.resolve("metrics.md"))).results().toList()) {
      String name = row.group(1);
      Set<String> labels = new TreeSet<>();
      WORD.matcher(row.group(4)).results().forEach(label -> labels.add(label.group(1)));
      String before = written.put(name, row.group(2).strip() + " " + labels);
      assertNull(before, name + " stands twice");
      assertEquals(name.endsWith("_seconds"), row.group(3).strip().equals("s"), name);
    }
    assertEquals(served(), written);
  }

  @Test
  void everyMetricThatARunbookOrAnAlertSpeaksOfIsServed() throws IOException {
    Set<String> unknown = new TreeSet<>();
    Set<String> served = served().keySet();
    try (Stream<Path> runbooks = Files.list(DOCS.resolve("runbooks"))) {
      for (Path page : Stream.concat(Stream.of(DOCS.resolve("metrics.md")), runbooks).toList()) {
        for (MatchResult mention : MENTION.matcher(Files.readString(page)).results().toList()) {
          if (!served.contains(family(mention.group(1)))) {
            unknown.add(page.getFileName() + ": " + mention.group(1));
          }
        }
      }
    }
    assertEquals(Set.of(), unknown);
  }

  @Test
  void nothingIsServedUnlessAPortIsNamed() throws IOException {
    try (HoldfastServer server = serve("")) {
      assertEquals(OptionalInt.empty(), server.metricsPort());
    }
  }

  @Test
  void aRequestWithoutEndIsNotReadToItsEnd() throws IOException {
    try (HoldfastServer server = serve("metrics: {port: 0}")) {
      int port = server.metricsPort().orElseThrow();
      String endless = "GET /metrics HTTP/1.1\r\nX: " + "x".repeat(4 << 20) + "\r\n\r\n";
      assertFalse(answers(port, endless));
      assertTrue(scrape(port).contains("holdfast_ledger_leading 1"));
    }
  }

  private static boolean answers(int port, String request) throws IOException {
    try {
      return ask(port, request).contains(" 200 ");
    } catch (SocketException cut) {
      return false;
    }
  }

  @Test
  void aPortThatIsTakenIsNamed() throws IOException {
    Optional<IOException> refused = Optional.empty();
    try (HoldfastServer first = serve("metrics: {port: 0}")) {
      int taken = first.metricsPort().orElseThrow();
      try {
        new Telemetry(first.journal()).serve(new ServerConfig.MetricsAddress("127.0.0.1", taken));
      } catch (IOException expected) {
        refused = Optional.of(expected);
      }
    }
    assertTrue(refused.orElseThrow().getCause() instanceof BindException, refused::toString);
    assertTrue(String.valueOf(refused.get().getMessage()).contains("metrics.port"));
  }
}
