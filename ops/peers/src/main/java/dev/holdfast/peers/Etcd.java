package dev.holdfast.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * An etcd server of one member on loopback, for as long as this object is open.
 *
 * <p>Its data stays in the directory given, so that it can be started again on the same data. The
 * process that answers is known to be the one started: the cluster id, a hash that covers a token
 * drawn at random for this data directory, is compared before {@link #start} returns.
 */
public final class Etcd implements AutoCloseable {
  private static final String PROGRAM = "etcd";
  private static final Duration START_DEADLINE = Duration.ofSeconds(30);
  private static final Duration REQUEST_DEADLINE = Duration.ofSeconds(1);
  private static final Pattern CLUSTER_ID = Pattern.compile("\"cluster_id\":\"([0-9]+)\"");

  private final LocalProcess process;
  private final URI endpoint;
  private final Path dataDirectory;
  private final Optional<Tls> tls;
  private final List<Integer> ports;

  private Etcd(
      LocalProcess process,
      URI endpoint,
      Path dataDirectory,
      Optional<Tls> tls,
      List<Integer> ports) {
    this.process = process;
    this.endpoint = endpoint;
    this.dataDirectory = dataDirectory;
    this.tls = tls;
    this.ports = ports;
  }

  /**
   * How it proves who it is to clients, and they to it: mutual TLS, which it then insists on.
   *
   * @param trustRoots PEM with the certificates that those of clients must lead to
   * @param certificate PEM with its own certificate, for 127.0.0.1
   * @param privateKey PEM with its own key
   * @param client with a certificate that it accepts, to ask whether it serves
   */
  public record Tls(Path trustRoots, Path certificate, Path privateKey, SSLContext client) {}

  /** Whether there is an etcd program on this machine's path. */
  public static boolean installed() {
    return LocalProcess.installed(PROGRAM);
  }

  /** Starts etcd for any client, as the other does. */
  public static Etcd start(Path dataDirectory) {
    return start(dataDirectory, Optional.empty());
  }

  /**
   * Starts etcd on free ports and waits until it serves.
   *
   * @param dataDirectory created when it is missing; the log is {@code etcd.log} in it
   * @throws IllegalStateException when it exits, does not serve within 30 s, or another process
   *     answers on its port
   */
  public static Etcd start(Path dataDirectory, Optional<Tls> tls) {
    return start(dataDirectory, tls, FreePorts.of(2));
  }

  /**
   * Starts it anew, on the same data and ports, after it has ended.
   *
   * @throws IllegalStateException as {@link #start(Path, Optional)}
   */
  public Etcd again() {
    return start(dataDirectory, tls, ports);
  }

  private static Etcd start(Path dataDirectory, Optional<Tls> tls, List<Integer> ports) {
    URI client = URI.create((tls.isPresent() ? "https" : "http") + "://127.0.0.1:" + ports.get(0));
    URI peer = URI.create("http://127.0.0.1:" + ports.get(1));
    Identity identity;
    try {
      Files.createDirectories(dataDirectory);
      identity = Identity.of(dataDirectory, peer);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + dataDirectory + " for etcd", e);
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                PROGRAM,
                "--name=" + identity.token,
                "--data-dir=" + dataDirectory.resolve("member-data"),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + identity.peer,
                "--initial-cluster=" + identity.token + "=" + identity.peer,
                "--initial-cluster-token=" + identity.token,
                "--log-outputs=stderr",
                "--logger=zap",
                "--log-level=warn"));
    HttpClient.Builder probe = HttpClient.newBuilder().connectTimeout(REQUEST_DEADLINE);
    if (tls.isPresent()) {
      Tls files = tls.get();
      probe.sslContext(files.client());
      command.add("--client-cert-auth");
      command.add("--trusted-ca-file=" + files.trustRoots());
      command.add("--cert-file=" + files.certificate());
      command.add("--key-file=" + files.privateKey());
    }
    LocalProcess process =
        LocalProcess.start(
            PROGRAM,
            command,
            // Debian's package refuses some architectures without this; elsewhere it means nothing.
            Map.of("ETCD_UNSUPPORTED_ARCH", System.getProperty("os.arch", "")),
            dataDirectory.resolve("etcd.log"));
    BigInteger expected = identity.clusterId();
    try (HttpClient http = probe.build()) {
      process.awaitReady(() -> answersAs(http, client, expected), START_DEADLINE);
    } catch (RuntimeException e) {
      process.kill();
      throw e;
    }
    return new Etcd(process, client, dataDirectory, tls, ports);
  }

  /** Where clients reach it, such as {@code http://127.0.0.1:41234}; https with TLS. */
  public URI endpoint() {
    return endpoint;
  }

  /** The process itself, for who wants to stop or kill it. */
  public LocalProcess process() {
    return process;
  }

  /** Ends etcd: SIGTERM, and SIGKILL when that is not enough. The data stays. */
  @Override
  public void close() {
    process.close();
  }

  private static boolean answersAs(HttpClient http, URI client, BigInteger expected)
      throws IOException, InterruptedException {
    HttpRequest health =
        HttpRequest.newBuilder(client.resolve("/health")).timeout(REQUEST_DEADLINE).build();
    HttpResponse<String> answer = http.send(health, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200 || !answer.body().contains("\"true\"")) {
      return false;
    }
    HttpRequest status =
        HttpRequest.newBuilder(client.resolve("/v3/maintenance/status"))
            .timeout(REQUEST_DEADLINE)
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    String body = http.send(status, HttpResponse.BodyHandlers.ofString()).body();
    Matcher found = CLUSTER_ID.matcher(body);
    if (!found.find()) {
      return false;
    }
    BigInteger actual = new BigInteger(found.group(1));
    if (!actual.equals(expected)) {
      throw new IllegalStateException(
          "another etcd answers at %s: cluster id %s, expected %s"
              .formatted(client, actual.toString(16), expected.toString(16)));
    }
    return true;
  }

  /** What etcd derives its ids from: both are fixed when the data directory is first used. */
  private record Identity(String token, String peer) {
    static Identity of(Path dataDirectory, URI peer) throws IOException {
      Path file = dataDirectory.resolve("identity");
      if (Files.exists(file)) {
        List<String> lines = Files.readAllLines(file);
        return new Identity(lines.get(0), lines.get(1));
      }
      var fresh = new Identity("holdfast-" + UUID.randomUUID(), peer.toString());
      Files.write(file, List.of(fresh.token, fresh.peer));
      return fresh;
    }

    /**
     * As etcd computes it (server membership: NewMember and genID): SHA-1, cut to 8 bytes, twice.
     */
    BigInteger clusterId() {
      byte[] member = sha1Head((peer + token).getBytes(StandardCharsets.UTF_8));
      return new BigInteger(1, sha1Head(member));
    }

    private static byte[] sha1Head(byte[] input) {
      try {
        byte[] digest = MessageDigest.getInstance("SHA-1").digest(input);
        return ByteBuffer.allocate(8).put(digest, 0, 8).array();
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError("every Java platform has SHA-1", e);
      }
    }
  }
}
