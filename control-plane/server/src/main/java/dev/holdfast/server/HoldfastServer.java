package dev.holdfast.server;

import dev.holdfast.attestation.policy.PolicyEngine;
import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.proto.replica.ServerAddress;
import dev.holdfast.server.allot.Admissions;
import dev.holdfast.server.allot.GrantDesk;
import dev.holdfast.server.allot.Provisioner;
import dev.holdfast.server.allot.Resizes;
import dev.holdfast.server.allot.UsageIntake;
import dev.holdfast.server.attest.Attestor;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.chain.Rounds;
import dev.holdfast.server.chain.Trust;
import dev.holdfast.server.collateral.CollateralFetcher;
import dev.holdfast.server.collateral.CollateralShelf;
import dev.holdfast.server.collateral.HttpCollateralFetcher;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.desk.SessionDesk;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.lead.Candidate;
import dev.holdfast.server.lead.Watchman;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.learn.SeriesKeeper;
import dev.holdfast.server.learn.model.Demands;
import dev.holdfast.server.learn.model.Models;
import dev.holdfast.server.learn.model.SeriesModelTrainer;
import dev.holdfast.server.learn.model.WorkloadTypes;
import dev.holdfast.server.loop.Loop;
import dev.holdfast.server.loop.Passes;
import dev.holdfast.server.rpc.Gate;
import dev.holdfast.server.rpc.Limits;
import dev.holdfast.server.service.Services;
import dev.holdfast.server.session.Sessions;
import dev.holdfast.server.signal.Remedies;
import dev.holdfast.server.signal.SignalDesk;
import dev.holdfast.server.telemetry.MetricsEndpoint;
import dev.holdfast.server.telemetry.Readings;
import dev.holdfast.server.telemetry.Telemetry;
import dev.holdfast.store.evidence.EvidenceArchive;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.NodeState;
import dev.holdfast.store.seal.FileKeyProvider;
import dev.holdfast.store.seal.KeyProvider;
import dev.holdfast.store.seal.Pkcs11KeyProvider;
import dev.holdfast.store.seal.Pkcs11Token;
import dev.holdfast.store.series.UsageSeries;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * The Predictive Attestation Manager as one process: the services on a port, and the loops behind
 * them. All wiring is here.
 */
public final class HoldfastServer implements AutoCloseable {
  private static final Duration CERTIFICATE_LIFETIME = Duration.ofDays(90);
  private static final Duration EXPIRE_PAUSE = Duration.ofMillis(500);
  private static final Duration FORGET_PAUSE = Duration.ofMinutes(1);
  private static final Duration KEYS_PAUSE = Duration.ofMinutes(1);

  /** What rows were is kept for once to twice as long: more than twice what a watch looks back. */
  private static final Duration HISTORY_PAUSE = Duration.ofMinutes(5);

  private static final Duration DISTRUST_PAUSE = Duration.ofSeconds(5);
  private static final Duration PLAN_PAUSE = Duration.ofMillis(500);
  private static final Duration CONTROL_PAUSE = Duration.ofMillis(250);
  private static final Duration COLLATERAL_PAUSE = Duration.ofHours(1);
  private static final Duration MODELS_PAUSE = Duration.ofMinutes(1);
  private static final Duration FOLLOW_PAUSE = Duration.ofSeconds(15);
  private static final Duration FOLD_PAUSE = Duration.ofSeconds(10);
  private static final Duration FADE_PAUSE = Duration.ofMinutes(10);
  private static final Duration PASS_PAUSE_MAX = Duration.ofSeconds(1);

  private final Server server;
  private final Candidate candidate;
  private volatile String address;
  private final KeyValueStore store;
  private final KeyProvider keys;
  private final UsageSeries series;
  private final Learning learning;
  private final Models models;
  private final CollateralShelf collateral;
  private final Sessions sessions;
  private final CertificateAuthority authority;
  private final Journal journal;
  private final List<Loop> loops = new ArrayList<>();
  private final ExecutorService workers;
  private final ScheduledThreadPoolExecutor timer;
  private final Telemetry telemetry;
  private final Optional<MetricsEndpoint> metrics;

  /**
   * What a server runs on beside its configuration; tests bring their own.
   *
   * @param clock the time
   * @param limits the bounds of every RPC
   * @param journal where events go
   * @param engine a site's own judgement beside the policies
   * @param looping whether the server does anything by itself
   */
  public record Environment(
      InstantSource clock, Limits limits, Journal journal, PolicyEngine engine, boolean looping) {
    /** The system's clock, the usual limits, and the policy engines on the class path. */
    public static Environment system() {
      List<PolicyEngine> engines =
          ServiceLoader.load(PolicyEngine.class).stream().map(ServiceLoader.Provider::get).toList();
      return new Environment(
          InstantSource.system(), Limits.DEFAULT, new Journal(), PolicyEngine.all(engines), true);
    }
  }

  /** Starts a server over an open store, which it closes with itself. */
  public static HoldfastServer start(
      ServerConfig config, KeyValueStore store, Environment environment) throws IOException {
    return new HoldfastServer(config, store, environment);
  }

  private HoldfastServer(ServerConfig config, KeyValueStore store, Environment environment)
      throws IOException {
    InstantSource clock = environment.clock();
    this.store = store;
    this.keys = keys(config.keys());
    this.journal = environment.journal();
    this.authority =
        CertificateAuthority.open(config.data().resolve("ca"), config.trustDomain(), clock);
    this.telemetry = new Telemetry(journal);
    this.series =
        telemetry.metered(
            config
                .series()
                .database()
                .map(UsageSeries::connect)
                .orElseGet(() -> UsageSeries.open(config.data().resolve("usage.db"))));
    this.workers = Executors.newVirtualThreadPerTaskExecutor();
    this.timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("holdfast-deadlines").daemon().factory());
    // Else every call that ended in time would be remembered until its deadline.
    timer.setRemoveOnCancelPolicy(true);
    this.sessions = new Sessions();
    List<SeriesLearner> learners = SeriesLearner.found();
    WorkloadTypes types = new WorkloadTypes(Demands.PROFILES_MAX);
    this.models =
        Models.open(
            config.data().resolve("models"),
            authority,
            learners.stream().map(one -> new SeriesModelTrainer(series, one, types)).toList(),
            config.models(),
            journal,
            clock);
    this.learning =
        new Learning(journal, Demands.of(series, models, learners, types, config::modelKind));
    Ledger ledger =
        new Ledger(
            telemetry.metered(store),
            keys,
            Ledger.Settings.of(config.store().shard()),
            telemetry.ledger(),
            clock);

    Duration answerTimeout = environment.limits().answerTimeout();
    Challenges challenges = new Challenges(System::nanoTime);
    this.collateral =
        CollateralShelf.open(
            config.data().resolve("collateral"),
            config.zones().values().stream().map(rules -> rules.shelf(this::fetcher)).toList(),
            journal,
            clock,
            new SecureRandom());
    EvidenceArchive archive =
        EvidenceArchive.open(config.data().resolve("evidence"), EvidenceArchive.Room.DEFAULT);
    Attestor attestor = new Attestor(challenges, environment.engine(), collateral, clock);
    Provisioner provisioner = new Provisioner(config, ledger, sessions, journal, clock);
    Trust trust = new Trust(ledger, sessions, journal, provisioner::wake, archive, clock);
    Rounds rounds =
        new Rounds(challenges, sessions, authority.signer(), answerTimeout, journal, clock);
    Admissions admissions = new Admissions(config, ledger, rounds, trust, journal, clock);
    GrantDesk grants =
        new GrantDesk(
            new GrantDesk.Parts(
                config, ledger, admissions, provisioner, learning, sessions, journal),
            workers,
            clock);
    Resizes resizes = new Resizes(config, ledger, admissions, grants, provisioner, journal);
    Remedies remedies = new Remedies(ledger, trust, resizes, provisioner, journal, clock);
    SignalDesk signals =
        new SignalDesk(
            new SignalDesk.Parts(config, ledger, learning, remedies, journal, workers), clock);
    UsageIntake usage = new UsageIntake(ledger, series, learning, signals, journal, clock);
    SessionDesk desk =
        new SessionDesk(
            new SessionDesk.Parts(
                config,
                ledger,
                sessions,
                challenges,
                attestor,
                trust,
                provisioner,
                usage,
                grants,
                journal,
                answerTimeout,
                telemetry.messages()));
    telemetry.read(
        new Readings.Sources(
            ledger,
            sessions,
            challenges::remembered,
            grants::working,
            learning::waiting,
            () -> timer.getQueue().size()));
    this.address = address(config, config.listen().port());
    this.candidate =
        new Candidate(
            ledger,
            () -> address,
            leadership(config),
            journal,
            () -> {
              usage.replay();
              signals.resume();
              provisioner.wake();
            },
            () -> sessions.endAll("this replica leads no longer"));

    Services services =
        new Services(
            new Services.Parts(
                config,
                ledger,
                authority,
                sessions,
                challenges,
                attestor,
                collateral,
                environment.engine(),
                archive,
                trust,
                admissions,
                resizes,
                remedies,
                provisioner,
                learning,
                models,
                series,
                desk,
                journal,
                workers),
            answerTimeout,
            clock);
    Gate gate =
        new Gate(
            config.trustDomain(),
            environment.limits(),
            candidate::requireLead,
            caller -> revoked(ledger, caller),
            journal,
            timer);
    if (leadership(config).isEmpty()) {
      // Nobody else could lead: who is answered at all is not told that nobody does.
      candidate.pass();
    }
    this.server = listen(config, environment.limits(), gate, services.all(config.profile()));
    this.metrics =
        config.metrics().isPresent()
            ? Optional.of(telemetry.serve(config.metrics().get()))
            : Optional.empty();
    this.address = address(config, server.getPort());
    candidate.pass();
    if (environment.looping()) {
      Passes passes =
          new Passes(
              new Passes.Parts(
                  config,
                  ledger,
                  admissions,
                  trust,
                  provisioner,
                  resizes,
                  grants,
                  learning,
                  journal),
              clock);
      loop(config, desk, provisioner, passes);
      Watchman watchman = new Watchman(ledger, journal);
      every("lead", candidate.pause(), candidate::pass);
      start("watch", () -> {}, watchman::pass);
      SeriesKeeper keeper = new SeriesKeeper(series, config.series().retention(), clock);
      every("fold", FOLD_PAUSE, keeper::fold);
      every("fade", FADE_PAUSE, keeper::forget);
    }
    collateral.pass();
  }

  /** Opens the provider of the keys that wrap the ledger's data keys. */
  public static KeyProvider keys(ServerConfig.Keys keys) {
    SecureRandom random = new SecureRandom();
    return switch (keys) {
      case ServerConfig.Keys.File(Path file) -> FileKeyProvider.open(file, random);
      case ServerConfig.Keys.Token(Pkcs11Token token) -> Pkcs11KeyProvider.open(token, random);
    };
  }

  private CollateralFetcher fetcher(URI source) {
    return telemetry.metered(
        new HttpCollateralFetcher(source, HttpCollateralFetcher.Bounds.DEFAULT));
  }

  private void loop(ServerConfig config, SessionDesk desk, Provisioner provisioner, Passes passes) {
    leading("heartbeat", config.pace().heartbeat(), desk::beat);
    leading("attest", config.pace().attest(), passes::attest);
    start(
        "provision",
        () -> provisioner.awaitWork(PASS_PAUSE_MAX),
        candidate.whileLeading(provisioner::pass));
    leading("expire", EXPIRE_PAUSE, passes::expire);
    leading("forget", FORGET_PAUSE, passes::forget);
    leading("keys", KEYS_PAUSE, passes::tendKeys);
    leading("history", HISTORY_PAUSE, passes::forgetHistory);
    leading("distrust", DISTRUST_PAUSE, passes::distrust);
    leading("train", config.pace().train(), learning::train);
    leading("models", MODELS_PAUSE, models::pass);
    leading("follow", FOLLOW_PAUSE, passes::follow);
    leading("plan", PLAN_PAUSE, passes::plan);
    every("collateral", COLLATERAL_PAUSE, collateral::pass);
    leading("control", CONTROL_PAUSE, passes::control);
  }

  /** A loop of what only the leading replica does. */
  private void leading(String name, Duration pause, Loop.Pass pass) {
    every(name, pause, candidate.whileLeading(pass));
  }

  private void every(String name, Duration pause, Loop.Pass pass) {
    loops.add(Loop.every(name, pause, telemetry.timed(name, pass)));
  }

  private void start(String name, Loop.Turn turn, Loop.Pass pass) {
    loops.add(Loop.start(name, turn, telemetry.timed(name, pass)));
  }

  /** How long the lead lasts without being kept; empty where no other replica reaches the store. */
  private static Optional<Duration> leadership(ServerConfig config) {
    return switch (config.store()) {
      case ServerConfig.Store.Embedded _ -> Optional.empty();
      case ServerConfig.Store.Etcd etcd -> Optional.of(etcd.leadership());
    };
  }

  /** Where callers reach this replica. */
  private static String address(ServerConfig config, int port) {
    return config
        .listen()
        .advertise()
        .map(ServerAddress::toString)
        .orElseGet(() -> reached(config.listen().address(), port));
  }

  /** Port 0 is none yet: before it listens, only a server that leads alone says where it is. */
  private static String reached(String host, int port) {
    return port == 0 ? host : new ServerAddress(host, port).toString();
  }

  private Server listen(
      ServerConfig config, Limits limits, Gate gate, List<ServerServiceDefinition> services)
      throws IOException {
    KeyPair pair = CertificateAuthority.newKeyPair();
    X509Certificate certificate =
        authority.issue(
            "server",
            pair.getPublic(),
            CERTIFICATE_LIFETIME,
            Stream.concat(
                    config.listen().advertise().map(ServerAddress::host).stream(),
                    Stream.of(config.listen().address(), "localhost", "127.0.0.1"))
                .distinct()
                .toList());
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(config.listen().address(), config.listen().port()))
            .sslContext(tls(pair, certificate))
            .executor(workers)
            .maxInboundMessageSize(limits.transportBytesMax())
            .maxInboundMetadataSize(8 * 1024)
            .handshakeTimeout(10, TimeUnit.SECONDS)
            .permitKeepAliveTime(5, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true);
    builder.addStreamTracerFactory(telemetry.calls(services));
    services.forEach(service -> builder.addService(gate.guard(service)));
    return builder.build().start();
  }

  private SslContext tls(KeyPair pair, X509Certificate certificate) throws SSLException {
    return GrpcSslContexts.configure(
            SslContextBuilder.forServer(pair.getPrivate(), certificate, authority.root()))
        .trustManager(authority.root())
        .clientAuth(ClientAuth.OPTIONAL)
        .protocols("TLSv1.3")
        .build();
  }

  private static boolean revoked(Ledger ledger, Caller caller) {
    return caller instanceof Caller.Node node
        && ledger
            .nodes()
            .get(node.name())
            .map(stored -> stored.value().state() == NodeState.REVOKED)
            .orElse(true);
  }

  /** The port that it listens on. */
  public int port() {
    return server.getPort();
  }

  /** The port that metrics are served on; empty where they are not. */
  public OptionalInt metricsPort() {
    return metrics.stream().mapToInt(MetricsEndpoint::port).findFirst();
  }

  /** The authority of the trust domain. */
  public CertificateAuthority authority() {
    return authority;
  }

  /** Where its events go. */
  public Journal journal() {
    return journal;
  }

  /** Makes credentials for an operator below a directory. */
  public void writeOperator(Path directory, String name) throws IOException {
    authority.writeCredentials(directory, "operators/" + name, CERTIFICATE_LIFETIME);
  }

  /** Waits until it is closed. */
  public void await() throws InterruptedException {
    server.awaitTermination();
  }

  @Override
  public void close() {
    loops.forEach(Loop::close);
    sessions.endAll("the server is stopping");
    candidate.resign();
    server.shutdown();
    try {
      if (!server.awaitTermination(3, TimeUnit.SECONDS)) {
        server.shutdownNow().awaitTermination(2, TimeUnit.SECONDS);
      }
    } catch (InterruptedException interrupted) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    workers.shutdownNow();
    timer.shutdownNow();
    metrics.ifPresent(MetricsEndpoint::close);
    models.close();
    learning.close();
    collateral.close();
    series.close();
    store.close();
    keys.close();
  }
}
