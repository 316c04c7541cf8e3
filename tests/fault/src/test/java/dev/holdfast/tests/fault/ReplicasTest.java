package dev.holdfast.tests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.util.JsonFormat;
import dev.holdfast.cli.Console;
import dev.holdfast.cli.Main;
import dev.holdfast.peers.Etcd;
import dev.holdfast.peers.LocalProcess;
import dev.holdfast.peers.SoftwareTpm;
import dev.holdfast.proto.replica.NotLeader;
import dev.holdfast.proto.replica.ServerAddress;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.ListReservationsRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers over one etcd: whichever leads is lost, and the other goes on. */
final class ReplicasTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CPU_MILLICORES = 500;
  private static final String IMAGE = "ab".repeat(32);

  @TempDir static Path shared;
  private static final List<AutoCloseable> OPEN = new ArrayList<>();
  private static final Set<String> MADE = new HashSet<>();
  private static Installation site;

  @BeforeAll
  static void start() throws Exception {
    for (String program : List.of("swtpm", "swtpm_setup", "swtpm_localca", "etcd")) {
      assumeTrue(LocalProcess.installed(program), program + " is not installed");
    }
    SoftwareTpm.Authority authority = SoftwareTpm.Authority.in(shared.resolve("ca"));
    SoftwareTpm hypervisor = SoftwareTpm.make(shared.resolve("h"), authority, "h1");
    OPEN.add(hypervisor);
    SoftwareTpm enclave = SoftwareTpm.make(shared.resolve("e"), authority, "e1");
    OPEN.add(enclave);
    Etcd etcd = Etcd.start(shared.resolve("etcd"));
    OPEN.add(etcd);
    site =
        new Installation(
            shared,
            new Installation.Tpms(authority, hypervisor, enclave),
            "{kind: etcd, endpoints: [\"" + etcd.endpoint() + "\"], leadership: 2s}",
            2);
    OPEN.add(site);
    site.hypervisor.openGate();
    site.enclave.openGate();
  }

  @AfterAll
  static void end() throws Exception {
    for (AutoCloseable one : OPEN.reversed()) {
      one.close();
    }
  }

  /** The command line, which is told of both and finds the one that leads. */
  private static Reservation reserve(UUID requestId) throws Exception {
    var out = new StringWriter();
    var err = new StringWriter();
    int code =
        Main.run(
            new Console(
                new PrintWriter(out),
                new PrintWriter(err),
                InstantSource.system(),
                Map.of("HOLDFAST_SERVER", site.addresses()),
                shared),
            "--credentials=" + site.replicas.getFirst().credentials(),
            "--output=json",
            "reserve",
            "--tenant=acme",
            "--image=" + IMAGE,
            "--type=batch",
            "--cpu=" + CPU_MILLICORES + "m",
            "--request-id=" + requestId);
    assertEquals(0, code, err + site.log());
    var made = Reservation.newBuilder();
    JsonFormat.parser().merge(out.toString(), made);
    MADE.add(made.getName());
    return made.build();
  }

  private static PamProcess leading() {
    return site.replicas.stream()
        .filter(replica -> replica.deference().isEmpty())
        .findFirst()
        .orElseThrow();
  }

  private static PamProcess otherThan(PamProcess one) {
    return site.replicas.stream().filter(replica -> replica != one).findFirst().orElseThrow();
  }

  private static void countAnew() {
    site.hypervisor.countAnew();
    site.enclave.countAnew();
  }

  /** All is there, once, and both nodes were told so by whoever leads now. */
  private static void assertAllIsHeldAndToldAnew() throws InterruptedException {
    site.awaitNodes();
    for (GatedAllocator node : List.of(site.hypervisor, site.enclave)) {
      assertTrue(node.awaitTold(MADE, PATIENCE), "a node was not told again: " + site.log());
      assertEquals(MADE, node.reservations());
    }
    Installation.await(
        () -> all().stream().allMatch(found -> found.getState() == Reservation.State.STATE_ACTIVE),
        "every reservation to be active");
    assertEquals(MADE, Set.copyOf(all().stream().map(Reservation::getName).toList()));
    assertEquals(
        (long) MADE.size() * CPU_MILLICORES,
        site.node(Installation.HYPERVISOR).getHeld().getCpuMillicores());
  }

  private static List<Reservation> all() {
    return site.reservations()
        .listReservations(
            ListReservationsRequest.newBuilder().setParent(Installation.TENANT).build())
        .getReservationsList();
  }

  @Test
  void e01_whenTheLeaderIsKilledTheOtherGoesOnWithAllThatWasPromised() throws Exception {
    PamProcess killed = leading();
    PamProcess next = otherThan(killed);
    UUID before = UUID.randomUUID();
    Reservation promised = reserve(before);
    countAnew();

    killed.kill();
    assertEquals(promised.getName(), reserve(before).getName());
    reserve(UUID.randomUUID());
    site.follow(next);
    assertAllIsHeldAndToldAnew();

    killed.restart();
    assertEquals(
        Optional.of(new NotLeader(Optional.of(ServerAddress.parse(next.address())))),
        killed.deference());
  }

  @Test
  void e05_aLeaderThatWasStoppedAndGoesOnChangesNothing() throws Exception {
    PamProcess stopped = leading();
    PamProcess next = otherThan(stopped);
    reserve(UUID.randomUUID());
    countAnew();

    stopped.pause();
    var late =
        ReservationServiceGrpc.newFutureStub(stopped.channel())
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .createReservation(request());
    site.follow(next);
    reserve(UUID.randomUUID());
    stopped.resume();

    var refused = assertThrows(ExecutionException.class, late::get);
    assertTrue(NotLeader.of(refused).isPresent(), refused + stopped.log());
    assertAllIsHeldAndToldAnew();
    assertEquals(
        Optional.of(new NotLeader(Optional.of(ServerAddress.parse(next.address())))),
        stopped.deference());
  }

  private static CreateReservationRequest request() {
    return CreateReservationRequest.newBuilder()
        .setParent(Installation.TENANT)
        .setRequestId(UUID.randomUUID().toString())
        .setReservation(
            Reservation.newBuilder()
                .setAmount(ResourceVector.newBuilder().setCpuMillicores(CPU_MILLICORES))
                .setWorkload(
                    dev.holdfast.proto.resource.v1.Workload.newBuilder()
                        .setImage("images/" + IMAGE)
                        .setWorkloadType("batch"))
                .setInterval(
                    com.google.type.Interval.newBuilder()
                        .setEndTime(
                            com.google.protobuf.Timestamp.newBuilder()
                                .setSeconds(Instant.now().getEpochSecond() + 3600))))
        .build();
  }
}
