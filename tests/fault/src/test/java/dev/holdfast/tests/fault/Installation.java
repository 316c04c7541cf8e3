package dev.holdfast.tests.fault;

import com.google.protobuf.Timestamp;
import dev.holdfast.node.NodeOptions;
import dev.holdfast.node.NodeParts;
import dev.holdfast.node.NodeProcess;
import dev.holdfast.node.session.GrantListener;
import dev.holdfast.node.session.UsageMeter;
import dev.holdfast.peers.SoftwareTpm;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.policy.v1.CreateJoinTokenRequest;
import dev.holdfast.proto.policy.v1.CreateNodeRequest;
import dev.holdfast.proto.policy.v1.CreatePathwayRequest;
import dev.holdfast.proto.policy.v1.GetNodeRequest;
import dev.holdfast.proto.policy.v1.Hop;
import dev.holdfast.proto.policy.v1.JoinToken;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.policy.v1.Pathway;
import dev.holdfast.proto.policy.v1.TopologyServiceGrpc;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc;
import dev.holdfast.proto.resource.v1.ResourceVector;
import io.grpc.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * PAM as a process or as several, and on its one pathway a hypervisor and an enclave: real nodes
 * with software TPMs, which allot nothing until they may.
 */
final class Installation implements AutoCloseable {
  static final String TENANT = "tenants/acme";
  static final String ZONE = "trustZones/edge";
  static final String HYPERVISOR = ZONE + "/nodes/h1";
  static final String ENCLAVE = ZONE + "/nodes/e1";

  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** A node that has nothing to say is heard every half of {@code pace.heartbeat}. */
  private static final Duration HEARTBEAT_MAX = Duration.ofMillis(1200);

  private static final ResourceVector CAPACITY =
      ResourceVector.newBuilder().setCpuMillicores(64_000).setMemoryBytes(64L << 30).build();

  /** The TPMs of the two nodes, and who vouches for them. */
  record Tpms(SoftwareTpm.Authority authority, SoftwareTpm hypervisor, SoftwareTpm enclave) {}

  private final Path directory;
  final List<PamProcess> replicas = new ArrayList<>();
  private PamProcess leader;
  private final List<NodeProcess> nodes = new ArrayList<>();
  final GatedAllocator hypervisor = new GatedAllocator(NodeRole.NODE_ROLE_HYPERVISOR, CAPACITY);
  final GatedAllocator enclave =
      new GatedAllocator(NodeRole.NODE_ROLE_ENCLAVE, ResourceVector.getDefaultInstance());

  /** PAM as one process. */
  Installation(Path directory, Tpms tpms, String store) throws Exception {
    this(directory, tpms, store, 1);
  }

  /**
   * @param store the value of key {@code store} of the configuration
   * @param servers how many replicas of PAM there are; the first leads
   */
  Installation(Path directory, Tpms tpms, String store, int servers) throws Exception {
    this.directory = directory;
    Files.createFile(directory.resolve("no-events"));
    for (int i = 0; i < servers; i++) {
      Path own = Files.createDirectory(directory.resolve("pam-" + i));
      int number = 0;
      for (byte[] certificate : tpms.authority().certificates()) {
        Files.write(own.resolve("anchor-" + number++ + ".der"), certificate);
      }
      if (i > 0) {
        shareKeys(replicas.getFirst().data(), own.resolve("data"));
      }
      replicas.add(new PamProcess(own, port -> configuration(port, store)));
    }
    this.leader = replicas.getFirst();
    follow(leader);
    JoinToken h1 = createNode("h1", NodeRole.NODE_ROLE_HYPERVISOR, "");
    JoinToken e1 = createNode("e1", NodeRole.NODE_ROLE_ENCLAVE, TENANT);
    topology()
        .createPathway(
            CreatePathwayRequest.newBuilder()
                .setParent(ZONE)
                .setPathwayId("p1")
                .setPathway(
                    Pathway.newBuilder()
                        .addHops(Hop.newBuilder().setNode(HYPERVISOR).setMachine("machine-1"))
                        .addHops(Hop.newBuilder().setNode(ENCLAVE)))
                .build());
    nodes.add(startNode(HYPERVISOR, h1, tpms.hypervisor(), hypervisor));
    nodes.add(startNode(ENCLAVE, e1, tpms.enclave(), enclave));
    awaitNodes();
  }

  /** What makes a server a replica of another: the same authority, and the same wrapping keys. */
  private static void shareKeys(Path from, Path to) throws IOException {
    for (String folder : List.of("ca", "keys")) {
      Path made = Files.createDirectories(to.resolve(folder), OWNER_ONLY);
      try (Stream<Path> files = Files.list(from.resolve(folder))) {
        for (Path file : files.toList()) {
          Files.copy(file, made.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  private static String configuration(int port, String store) {
    String zeros = "\"" + "0".repeat(64) + "\"";
    String registers = "{sha256: {0: " + zeros + ", 1: " + zeros + "}}";
    return """
    trustDomain: fault.example
    listen: {address: 127.0.0.1, port: %d}
    data: data
    store: %s
    pace: {heartbeat: 2s, orphan: 1h, attest: 1h}
    tenants:
      acme:
        quota: {cpuMillicores: 64000, memoryBytes: 68719476736}
        trustZones: [edge]
    trustZones:
      edge:
        anchors: [anchor-0.der, anchor-1.der]
        policy:
          revocationRequired: false
          roles:
            hypervisor: {pcrs: {sha256: [0, 1]}}
            enclave: {pcrs: {sha256: [0, 1]}}
        references:
          roles:
            hypervisor: %s
            enclave: %s
    """
        .formatted(port, store, registers, registers);
  }

  private JoinToken createNode(String id, NodeRole role, String tenant) {
    topology()
        .createNode(
            CreateNodeRequest.newBuilder()
                .setParent(ZONE)
                .setNodeId(id)
                .setNode(Node.newBuilder().setRole(role).setTenant(tenant))
                .build());
    return topology()
        .createJoinToken(
            CreateJoinTokenRequest.newBuilder().setNode(ZONE + "/nodes/" + id).build());
  }

  private NodeProcess startNode(
      String name, JoinToken token, SoftwareTpm tpm, GatedAllocator allocator)
      throws IOException, InterruptedException {
    String id = name.substring(name.lastIndexOf('/') + 1);
    Path file = directory.resolve(id + ".token");
    String digest = HexFormat.of().formatHex(token.getServerRootDigest().toByteArray());
    Files.writeString(file, token.getToken() + "." + digest);
    NodeOptions options =
        CommandLine.populateCommand(
            new NodeOptions(),
            "--state=" + directory.resolve(id),
            "--server=" + addresses(),
            "--node=" + name,
            "--join-token-file=" + file,
            "--tpm=" + tpm.address(),
            "--event-log=" + directory.resolve("no-events"));
    return NodeProcess.start(
        options, new NodeParts(allocator, UsageMeter.NONE, GrantListener.NONE, "fault/1"));
  }

  /** Every replica, with commas between them. */
  String addresses() {
    return replicas.stream().map(PamProcess::address).collect(Collectors.joining(","));
  }

  /** Waits until both nodes have a session and are trusted. */
  void awaitNodes() {
    for (String name : List.of(HYPERVISOR, ENCLAVE)) {
      await(
          () -> node(name).getConnected() && node(name).getState() == Node.State.STATE_TRUSTED,
          name + " to be connected and trusted");
    }
  }

  /**
   * Waits until the server has taken in what nodes had to say until now: it has heard of them
   * later, by more than a heartbeat.
   */
  void awaitHeard(String... names) {
    Instant after = Instant.now().plus(HEARTBEAT_MAX);
    for (String name : names) {
      await(
          () -> {
            Timestamp seen = node(name).getLastSeenTime();
            return Instant.ofEpochSecond(seen.getSeconds(), seen.getNanos()).isAfter(after);
          },
          name + " to be heard");
    }
  }

  /** Waits for what another process does, by asking it. */
  static void await(BooleanSupplier so, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!so.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("waited a minute in vain for " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  TopologyServiceGrpc.TopologyServiceBlockingStub topology() {
    return TopologyServiceGrpc.newBlockingStub(channel())
        .withWaitForReady()
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  ReservationServiceGrpc.ReservationServiceBlockingStub reservations() {
    return ReservationServiceGrpc.newBlockingStub(channel())
        .withWaitForReady()
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  ReservationServiceGrpc.ReservationServiceFutureStub asynchronous() {
    return ReservationServiceGrpc.newFutureStub(channel()).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  Node node(String name) {
    return topology().getNode(GetNodeRequest.newBuilder().setName(name).build());
  }

  private Channel channel() {
    return leader.channel();
  }

  /** The replica that calls go to from now on, once it leads. */
  void follow(PamProcess next) {
    await(() -> next.deference().isEmpty(), next.address() + " to lead");
    leader = next;
  }

  /** SIGKILL: nothing is tidied up. */
  void kill() {
    leader.kill();
  }

  /** Starts the server again on what it left behind; the nodes find it by themselves. */
  void restart() throws IOException, InterruptedException {
    hypervisor.countAnew();
    enclave.countAnew();
    leader.restart();
    follow(leader);
  }

  /** The last that the server said, for messages. */
  String log() {
    return leader.log();
  }

  @Override
  public void close() {
    nodes.forEach(NodeProcess::close);
    replicas.forEach(PamProcess::close);
  }
}
