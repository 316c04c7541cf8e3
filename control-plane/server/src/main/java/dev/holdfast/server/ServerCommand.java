package dev.holdfast.server;

import dev.holdfast.server.config.ConfigException;
import dev.holdfast.server.config.ConfigReader;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.EtcdStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.StoreRefused;
import dev.holdfast.store.seal.KeyFailure;
import dev.holdfast.store.seal.KeyProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** {@code holdfast server}: runs the Predictive Attestation Manager until it is told to stop. */
@CommandLine.Command(
    name = "server",
    description = "Runs the Predictive Attestation Manager in the foreground.")
public final class ServerCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServerCommand.class);

  @CommandLine.Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration, YAML.")
  private Path config = Path.of("holdfast.yaml");

  @CommandLine.Option(
      names = "--issue",
      paramLabel = "PATH=DIR",
      description =
          "Instead of running, write credentials for a path of the trust domain, such as"
              + " tenants/acme/orders=creds or operators/ada=creds.")
  private String issue = "";

  @CommandLine.Option(
      names = "--rotate-wrapping-key",
      description =
          "Instead of running, make a new key that wraps the ledger's data keys. A running server"
              + " finds it within some minutes.")
  private boolean rotate;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ServerConfig settings;
    try {
      settings = ConfigReader.read(config);
    } catch (ConfigException wrong) {
      wrong.complaints().forEach(System.err::println);
      return 2;
    }
    if (!issue.isEmpty()) {
      return issue(settings);
    }
    HoldfastServer server;
    try {
      if (rotate) {
        return rotate(settings);
      }
      PolicyFloor.require(settings);
      server = HoldfastServer.start(settings, open(settings), HoldfastServer.Environment.system());
    } catch (KeyFailure | StoreRefused | ConfigException refused) {
      System.err.println(refused.getMessage());
      return 2;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "holdfast-stop"));
    Path credentials = settings.data().resolve("credentials/operator");
    if (!Files.exists(credentials.resolve("key.pem"))) {
      server.writeOperator(credentials, "operator");
      LOG.info("credentials of the first operator are in {}", credentials);
    }
    LOG.info(
        "listening on {}:{}, trust domain {}, profile {}, store {}",
        settings.listen().address(),
        server.port(),
        settings.trustDomain(),
        settings.profile(),
        settings.store());
    server
        .metricsPort()
        .ifPresent(port -> LOG.info("metrics are served on port {}, path /metrics", port));
    server.await();
    return 0;
  }

  private int issue(ServerConfig settings) throws IOException {
    int equals = issue.indexOf('=');
    if (equals < 1) {
      System.err.println("--issue takes PATH=DIR, such as operators/ada=creds");
      return 2;
    }
    var authority =
        dev.holdfast.server.identity.CertificateAuthority.open(
            settings.data().resolve("ca"), settings.trustDomain(), InstantSource.system());
    authority.writeCredentials(
        Path.of(issue.substring(equals + 1)),
        issue.substring(0, equals),
        java.time.Duration.ofDays(90));
    return 0;
  }

  /** The file of an embedded store. */
  public static Path ledgerFile(ServerConfig settings) {
    return settings.data().resolve("ledger.db");
  }

  private static int rotate(ServerConfig settings) {
    try (KeyProvider keys = HoldfastServer.keys(settings.keys())) {
      System.out.println("data keys are wrapped from now on by " + keys.rotate());
    }
    return 0;
  }

  /** Opens the store that a configuration names. */
  public static KeyValueStore open(ServerConfig settings) throws IOException {
    return switch (settings.store()) {
      case ServerConfig.Store.Embedded _ -> {
        Files.createDirectories(settings.data());
        yield EmbeddedStore.open(ledgerFile(settings), InstantSource.system());
      }
      case ServerConfig.Store.Etcd etcd ->
          EtcdStore.connect(etcd.endpoints(), etcd.tls(), KeyValueStore.DEADLINE_DEFAULT);
    };
  }
}
