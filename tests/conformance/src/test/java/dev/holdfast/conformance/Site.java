package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.type.Interval;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PolicyName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.PolicyEngine;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.pam.control.ControlRules;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.plan.AllocationRules;
import dev.holdfast.proto.attestation.v1.AttestPathwayRequest;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.node.v1.EnrolNodeRequest;
import dev.holdfast.proto.node.v1.EnrolNodeResponse;
import dev.holdfast.proto.policy.v1.CreateJoinTokenRequest;
import dev.holdfast.proto.policy.v1.CreateNodeRequest;
import dev.holdfast.proto.policy.v1.CreatePathwayRequest;
import dev.holdfast.proto.policy.v1.GetNodeRequest;
import dev.holdfast.proto.policy.v1.Hop;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.policy.v1.Pathway;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.GetReservationRequest;
import dev.holdfast.proto.reservation.v1.ReleaseReservationRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.resource.v1.Workload;
import dev.holdfast.server.HoldfastServer;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.config.ZoneTrust;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.seal.FileKeyProvider;
import dev.holdfast.store.seal.KeyProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** A server on a free port, with nodes of paper around it. */
final class Site implements AutoCloseable {
  static final String ZONE = "trustZones/edge";
  static final String FIRST_TENANT = "tenants/t1";
  static final String SECOND_TENANT = "tenants/t2";
  static final String HYPERVISOR = ZONE + "/nodes/hypervisor";
  static final String SWITCH = ZONE + "/nodes/switch";
  static final String STORAGE = ZONE + "/nodes/storage";
  static final String FIRST_ENCLAVE = ZONE + "/nodes/enclave-1";
  static final String SECOND_ENCLAVE = ZONE + "/nodes/enclave-2";
  static final String FIRST_PATHWAY = ZONE + "/pathways/first";
  static final String SECOND_PATHWAY = ZONE + "/pathways/second";

  /** What the hypervisor has. */
  static final long CPU_MILLICORES = 16_000;

  static final int PRIORITY_MAX = 500;

  static final Duration EVIDENCE_AGE_MAX = Duration.ofMinutes(2);

  private final Path directory;
  private final SiteOptions options;
  private final TestClock clock = new TestClock();
  private final EkAuthority manufacturer = new EkAuthority("maker of paper TPMs", clock.instant());
  private final EndorsementKey revokedKey = EndorsementKey.p256();
  private final X509Certificate revokedCertificate = manufacturer.certify(revokedKey.publicKey());
  private final Events events = new Events();
  private final Map<String, PaperNode> nodes = new LinkedHashMap<>();
  private final Map<String, PaperSession> sessions = new HashMap<>();
  private final List<Client> clients = new ArrayList<>();
  private KeyValueStore store;
  private HoldfastServer server;
  private Client operator;
  private Client firstTenant;
  private Client secondTenant;

  private Site(Path directory, SiteOptions options) throws IOException {
    this.directory = directory;
    this.options = options;
    this.store = openStore();
    this.server = openServer();
    this.operator = client("operators/ada");
    this.firstTenant = client("tenants/t1/app");
    this.secondTenant = client("tenants/t2/app");
  }

  /** A server that knows no node yet. */
  static Site empty(Path directory, SiteOptions options) throws IOException {
    return new Site(directory, options);
  }

  /** A server with two live pathways over five connected nodes. */
  static Site healthy(Path directory) throws IOException {
    return healthy(directory, SiteOptions.USUAL);
  }

  static Site healthy(Path directory, SiteOptions options) throws IOException {
    Site site = new Site(directory, options);
    site.join(HYPERVISOR, Role.HYPERVISOR);
    site.join(SWITCH, Role.SWITCH);
    site.join(STORAGE, Role.STORAGE_CONTROLLER);
    site.join(FIRST_ENCLAVE, Role.ENCLAVE);
    site.join(SECOND_ENCLAVE, Role.ENCLAVE);
    site.pathway("first", HYPERVISOR, SWITCH, STORAGE, FIRST_ENCLAVE);
    site.pathway("second", HYPERVISOR, SWITCH, STORAGE, SECOND_ENCLAVE);
    assertEquals(AttestationChain.State.STATE_LIVE, site.attest(FIRST_PATHWAY).getState());
    assertEquals(AttestationChain.State.STATE_LIVE, site.attest(SECOND_PATHWAY).getState());
    return site;
  }

  private KeyValueStore openStore() throws IOException {
    return options.around().apply(EmbeddedStore.open(directory.resolve("ledger.db"), clock));
  }

  private HoldfastServer openServer() throws IOException {
    Journal journal = new Journal();
    journal.listen(events);
    return HoldfastServer.start(
        config(),
        store,
        new HoldfastServer.Environment(clock, options.limits(), journal, PolicyEngine.NONE, true));
  }

  /** Ends the server, and starts another over the same files; sessions are gone. */
  void restart() throws IOException {
    restart(_ -> {});
  }

  /** The same, with something done to the ledger before the other server leads. */
  void restart(Consumer<Ledger> between) throws IOException {
    clients.forEach(Client::close);
    clients.clear();
    sessions.values().forEach(PaperSession::close);
    sessions.clear();
    server.close();
    store = openStore();
    try (KeyProvider keys = HoldfastServer.keys(config().keys())) {
      Ledger ledger = new Ledger(store, keys, clock);
      ledger.becomeLeader("between");
      between.accept(ledger);
    }
    server = openServer();
    operator = client("operators/ada");
    firstTenant = client("tenants/t1/app");
    secondTenant = client("tenants/t2/app");
  }

  private ServerConfig config() {
    TrustZoneName zone = TrustZoneName.parse(ZONE);
    Map<Role, RoleRules> rules = new HashMap<>();
    Map<Role, Map<dev.holdfast.attestation.Pcr, Set<Bytes>>> references = new HashMap<>();
    for (Role role : List.of(Role.HYPERVISOR, Role.SWITCH, Role.STORAGE_CONTROLLER, Role.ENCLAVE)) {
      rules.put(
          role,
          RoleRules.quotes(
              RoleRules.DEFAULT.verdictMax(),
              RoleRules.DEFAULT.pcrSelections(),
              EVIDENCE_AGE_MAX,
              true));
      references.put(role, BootLog.of(role).references());
    }
    ZoneRules zoneRules =
        new ZoneRules(
            zone,
            ZoneTrust.ofTpms(
                CertificatePath.Anchors.parse(
                    List.of(manufacturer.root()),
                    List.of(manufacturer.revoking(revokedCertificate)))),
            new PolicyRevision(
                new Policy(PolicyName.parse("policies/edge@1"), rules, Policy.CLOCK_SKEW_DEFAULT),
                ReferenceValues.ofRegisters(references, Map.of()),
                true),
            Optional.empty(),
            allocation(),
            ControlRules.DEFAULT);
    ServerConfig.TenantRules tenant =
        new ServerConfig.TenantRules(
            ResourceVector.of(
                Map.of(
                    Resource.CPU_MILLICORES, 10 * CPU_MILLICORES,
                    Resource.MEMORY_BYTES, 1L << 40,
                    Resource.NETWORK_BYTES_PER_SECOND, 1L << 40,
                    Resource.DISK_READ_BYTES_PER_SECOND, 1L << 40)),
            Set.of(zone),
            PRIORITY_MAX,
            Optional.empty());
    return new ServerConfig(
        "holdfast.test",
        new ServerConfig.Listen("127.0.0.1", 0),
        ServerConfig.Profile.PRODUCTION,
        directory,
        new ServerConfig.Store.Embedded(),
        new ServerConfig.Keys.File(wrappingKeys()),
        new ServerConfig.Pace(
            Duration.ofMinutes(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            options.attest(),
            Duration.ofHours(24),
            Duration.ofMinutes(1)),
        Map.of(TenantName.parse(FIRST_TENANT), tenant, TenantName.parse(SECOND_TENANT), tenant),
        Map.of(zone, options.zone().apply(zoneRules)),
        ServerConfig.Series.DEFAULT,
        Optional.of(new ServerConfig.MetricsAddress("127.0.0.1", 0)),
        ServerConfig.Training.DEFAULT);
  }

  private AllocationRules allocation() {
    AllocationRules usual = AllocationRules.of(ResourceVector.of(Resource.CPU_MILLICORES, 100));
    return new AllocationRules(
        usual.quantile(),
        usual.defaultAmount(),
        usual.intervalDefault(),
        usual.leadTime(),
        options.grants());
  }

  private Path wrappingKeys() {
    return directory.resolve("keys/wrapping.keys");
  }

  KeyValueStore store() {
    return store;
  }

  TestClock clock() {
    return clock;
  }

  Events events() {
    return events;
  }

  EkAuthority manufacturer() {
    return manufacturer;
  }

  int port() {
    return server.port();
  }

  int metricsPort() {
    return server.metricsPort().orElseThrow();
  }

  X509Certificate root() {
    return server.authority().root();
  }

  /** A caller with a certificate for a path of the trust domain. */
  Client client(String path) throws IOException {
    server.authority().writeCredentials(credentials(path), path, Duration.ofDays(1));
    return remembered(Client.with(port(), credentials(path)));
  }

  /** Where the credentials of a caller are. */
  Path credentials(String path) {
    return directory.resolve("credentials").resolve(path);
  }

  /** A caller without a certificate. */
  Client anonymous() {
    return remembered(Client.anonymous(port(), root()));
  }

  Client remembered(Client client) {
    clients.add(client);
    return client;
  }

  Client operator() {
    return operator;
  }

  Client firstTenant() {
    return firstTenant;
  }

  Client secondTenant() {
    return secondTenant;
  }

  /** A node of paper that the server does not know yet. */
  PaperNode paper(String name, Role role) {
    EndorsementKey key = role == Role.HYPERVISOR ? EndorsementKey.rsa2048() : EndorsementKey.p256();
    return paper(name, role, key, manufacturer.certify(key.publicKey()));
  }

  PaperNode paper(String name, Role role, EndorsementKey key, X509Certificate certificate) {
    return new PaperNode(name, role, clock, key, List.of(EkAuthority.der(certificate)));
  }

  /** A guest of paper that the server does not know yet. */
  PaperNode guest(String name, Role role, PaperGuest guest) {
    return new PaperNode(name, role, clock, guest);
  }

  /** A node whose endorsement certificate its maker took back. */
  PaperNode revokedPaper(String name, Role role) {
    return paper(name, role, revokedKey, revokedCertificate);
  }

  /** Creates a node, so that it can enrol. */
  void create(PaperNode node) {
    operator
        .topology()
        .createNode(
            CreateNodeRequest.newBuilder()
                .setParent(ZONE)
                .setNodeId(node.name().substring(node.name().lastIndexOf('/') + 1))
                .setNode(
                    Node.newBuilder()
                        .setRole(PaperSession.wire(node.role()))
                        .setTenant(node.tenant().orElse("")))
                .build());
  }

  String token(String node) {
    return operator
        .topology()
        .createJoinToken(CreateJoinTokenRequest.newBuilder().setNode(node).build())
        .getToken();
  }

  Conversation<EnrolNodeRequest, EnrolNodeResponse> enrolment() {
    Client caller = anonymous();
    return new Conversation<>(answers -> caller.node().enrolNode(answers));
  }

  /** Creates, enrols and connects a node. */
  PaperSession join(String name, Role role) {
    return join(paper(name, role));
  }

  PaperSession join(PaperNode node) {
    create(node);
    node.enrol(enrolment(), token(node.name()), Manner.HONEST);
    nodes.put(node.name(), node);
    return connect(node);
  }

  /** Opens a session of a node, whose first evidence must be good. */
  PaperSession connect(PaperNode node) {
    PaperSession session = PaperSession.open(node, node.client(port(), root()));
    assertEquals(List.of(), session.appraisal().getFindingsList(), node.name());
    sessions.put(node.name(), session);
    return session;
  }

  /** Opens a session of every node again, such as after a restart. */
  void reconnect() {
    nodes.values().forEach(this::connect);
  }

  PaperSession session(String name) {
    PaperSession session = sessions.get(name);
    if (session == null) {
      throw new IllegalArgumentException(name);
    }
    return session;
  }

  PaperNode node(String name) {
    PaperNode node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException(name);
    }
    return node;
  }

  Pathway pathway(String id, String... hops) {
    Pathway.Builder pathway = Pathway.newBuilder();
    for (String hop : hops) {
      pathway.addHops(Hop.newBuilder().setNode(hop));
    }
    return operator
        .topology()
        .createPathway(
            CreatePathwayRequest.newBuilder()
                .setParent(ZONE)
                .setPathwayId(id)
                .setPathway(pathway)
                .build());
  }

  AttestationChain attest(String pathway) {
    return operator
        .attestation()
        .attestPathway(AttestPathwayRequest.newBuilder().setPathway(pathway).build());
  }

  Node.State state(String node) {
    return operator
        .topology()
        .getNode(GetNodeRequest.newBuilder().setName(node).build())
        .getState();
  }

  /** An hour of a core and some memory. */
  Reservation.Builder wish() {
    return Reservation.newBuilder()
        .setWorkload(Workload.newBuilder().setImage("images/" + "ab".repeat(32)))
        .setAmount(
            dev.holdfast.proto.resource.v1.ResourceVector.newBuilder()
                .setCpuMillicores(1000)
                .setMemoryBytes(1 << 30)
                .setNetworkBytesPerSecond(1_000_000)
                .setDiskReadBytesPerSecond(1_000_000))
        .setInterval(
            Interval.newBuilder()
                .setEndTime(PaperNode.time(clock.instant().plus(Duration.ofHours(1)))));
  }

  Reservation reserve(Reservation.Builder wish) {
    return firstTenant
        .reservations()
        .createReservation(
            CreateReservationRequest.newBuilder()
                .setParent(FIRST_TENANT)
                .setReservation(wish)
                .build());
  }

  Reservation get(String reservation) {
    return operator
        .reservations()
        .getReservation(GetReservationRequest.newBuilder().setName(reservation).build());
  }

  /** Reserves, and waits until every node holds it. */
  Reservation reserveUntilActive(Reservation.Builder wish) {
    int before = events.count();
    String name = reserve(wish).getName();
    events.await(
        before, Event.Activated.class, event -> event.reservation().toString().equals(name));
    return get(name);
  }

  /** Releases, and waits until every node has given it back. */
  Reservation releaseUntilEnded(String reservation) {
    int before = events.count();
    operator
        .reservations()
        .releaseReservation(ReleaseReservationRequest.newBuilder().setName(reservation).build());
    events.await(
        before, Event.Ended.class, event -> event.reservation().toString().equals(reservation));
    return get(reservation);
  }

  /** That the site does what it is for: the positive control of every refusal. */
  void requireHealthy() {
    assertEquals(AttestationChain.State.STATE_LIVE, attest(FIRST_PATHWAY).getState());
    Reservation active = reserveUntilActive(wish());
    assertEquals(Reservation.State.STATE_ACTIVE, active.getState());
    assertEquals(Reservation.State.STATE_RELEASED, releaseUntilEnded(active.getName()).getState());
  }

  /** How often nodes were told to hold something, in all. */
  int told() {
    return sessions.values().stream().mapToInt(PaperSession::told).sum();
  }

  /** What another reader of the same store sees. */
  LedgerSnapshot ledger() {
    try (KeyProvider keys = FileKeyProvider.open(wrappingKeys(), new SecureRandom())) {
      return new Ledger(store, keys, clock).snapshot();
    }
  }

  @Override
  public void close() {
    sessions.values().forEach(PaperSession::close);
    clients.forEach(Client::close);
    server.close();
  }
}
