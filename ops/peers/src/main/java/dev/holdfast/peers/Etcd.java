package dev.holdfast.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * An etcd server of one member on loopback, for as long as this object is open.
 *
 * <p>Its data stays in the directory given, so that it can be started again on the same data. The
 * process that answers is known to be the one started: the cluster id, a hash that covers a token
 * drawn at random for this data directory, is compared before {@link #start} returns.
 */
public final class Etcd implements AutoCloseable {
  static final String PROGRAM = "etcd";
  static final Duration START_DEADLINE = Duration.ofSeconds(30);

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
    EtcdIdentity identity;
    try {
      Files.createDirectories(dataDirectory);
      identity = EtcdIdentity.in(dataDirectory, List.of(peer.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + dataDirectory + " for etcd", e);
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                PROGRAM,
                "--name=" + identity.token(),
                "--data-dir=" + dataDirectory.resolve("member-data"),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + identity.peers().getFirst(),
                "--initial-cluster=" + identity.token() + "=" + identity.peers().getFirst(),
                "--initial-cluster-token=" + identity.token(),
                "--log-outputs=stderr",
                "--logger=zap",
                "--log-level=warn"));
    if (tls.isPresent()) {
      Tls files = tls.get();
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
    try (var gateway = new EtcdGateway(tls.map(Tls::client))) {
      process.awaitReady(() -> gateway.answersAs(client, expected), START_DEADLINE);
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
}
