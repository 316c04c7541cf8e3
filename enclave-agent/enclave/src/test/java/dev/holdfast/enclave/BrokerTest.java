package dev.holdfast.enclave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.Code;
import dev.holdfast.client.HoldfastClient;
import dev.holdfast.client.Lease;
import dev.holdfast.client.ResourcesRefused;
import dev.holdfast.client.ResourcesWanted;
import dev.holdfast.proto.reservation.v1.Cause;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.proto.resource.v1.Workload;
import dev.holdfast.proto.usage.v1.UsageSample;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Applications, the client library, the broker and its socket, as they are; only PAM is away. */
final class BrokerTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final ResourceVector TWO_CORES =
      ResourceVector.newBuilder().setCpuMillicores(2000).setMemoryBytes(1 << 20).build();
  private static final ResourcesWanted WANTED =
      ResourcesWanted.forImage("images/" + "a".repeat(64))
          .user("ada")
          .workloadType("batch")
          .input("rows", 1e6)
          .workDuration(Duration.ofMinutes(5))
          .amount(TWO_CORES);

  @TempDir Path folder;
  private final OwnDesk desk = new OwnDesk();
  private Path socket;
  private BrokerServer server;
  private HoldfastClient client;

  @BeforeEach
  void open() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    socket = folder.resolve("agent.sock");
    server = BrokerServer.start(desk, socket, false);
    client = HoldfastClient.connect(socket);
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
    assertFalse(Files.exists(socket));
  }

  @Test
  void resourcesAreGrantedAndGivenBack() throws Exception {
    try (Lease lease = client.request(WANTED, SOON)) {
      assertEquals(TWO_CORES, lease.limits());
      assertEquals("tenants/t/reservations/r1", lease.reservation());
    }
    assertEquals("tenants/t/reservations/r1/grants/g1", desk.released.poll(10, TimeUnit.SECONDS));
  }

  @Test
  void aRefusalCarriesItsReasonAndFacts() {
    desk.refuses = true;
    ResourcesRefused refusal =
        assertThrows(ResourcesRefused.class, () -> client.request(WANTED, SOON));
    assertEquals(Code.FAILED_PRECONDITION, refusal.code());
    assertEquals("TRUST_LOST", refusal.reason());
    assertEquals("7", refusal.metadata().get("pcr"));
    assertEquals("PCR 7 changed", refusal.getMessage());
  }

  @Test
  void grantsAreRenewedWithoutTheApplicationAsking() throws Exception {
    desk.lifetimeMillis = 800;
    try (Lease lease = client.request(WANTED, SOON)) {
      LinkedBlockingQueue<Lease.State> states = new LinkedBlockingQueue<>();
      lease.onChange(states::add);
      assertInstanceOf(Lease.State.Usable.class, states.poll());
      ResourceVector one = ResourceVector.newBuilder().setCpuMillicores(1000).build();
      assertEquals(one, lease.resize(one));
      assertEquals(new Lease.State.Usable(one), states.poll(10, TimeUnit.SECONDS));
      await(() -> desk.renewals.get() >= 6);
      assertEquals(one, lease.limits());
    }
  }

  @Test
  void safeLimitsHoldWhilePamIsAwayAndThenNothing() throws Exception {
    desk.lifetimeMillis = 600;
    desk.safeLifetimeMillis = 300;
    try (Lease lease = client.request(WANTED, SOON)) {
      LinkedBlockingQueue<Lease.State> states = new LinkedBlockingQueue<>();
      lease.onChange(states::add);
      assertNotNull(states.poll());
      desk.away = true;
      ResourceVector safe = ResourceVector.newBuilder().setCpuMillicores(1).build();
      assertEquals(new Lease.State.Usable(safe), states.poll(10, TimeUnit.SECONDS));
      Lease.State last = states.poll(10, TimeUnit.SECONDS);
      assertEquals("GRANT_EXPIRED", assertInstanceOf(Lease.State.Ended.class, last).reason());
      assertEquals(ResourceVector.getDefaultInstance(), lease.limits());
    }
  }

  @Test
  void aGrantWithoutSafeTimeEndsWithItsLifetime() throws Exception {
    desk.lifetimeMillis = 600;
    try (Lease lease = client.request(WANTED, SOON)) {
      LinkedBlockingQueue<Lease.State> states = new LinkedBlockingQueue<>();
      lease.onChange(states::add);
      assertNotNull(states.poll());
      desk.away = true;
      Lease.State next = states.poll(10, TimeUnit.SECONDS);
      assertEquals("GRANT_EXPIRED", assertInstanceOf(Lease.State.Ended.class, next).reason());
    }
  }

  @Test
  void aRenewalThatComesAfterTheEndIsGivenBack() throws Exception {
    try (Lease lease = client.request(WANTED, SOON)) {
      LinkedBlockingQueue<Lease.State> states = new LinkedBlockingQueue<>();
      lease.onChange(states::add);
      server
          .listener()
          .updated(
              GrantUpdate.newBuilder()
                  .setRevocation(
                      Cause.newBuilder().setReason("TRUST_LOST").setSubject(lease.name()))
                  .build(),
              System.nanoTime());
      server
          .listener()
          .updated(
              GrantUpdate.newBuilder()
                  .setGrant(Grant.newBuilder().setName(lease.name()).setGeneration(99))
                  .build(),
              System.nanoTime());
      assertEquals(lease.name(), desk.released.poll(10, TimeUnit.SECONDS));
      await(() -> lease.state() instanceof Lease.State.Ended);
    }
  }

  @Test
  void aRevocationEndsTheLeaseAtOnce() throws Exception {
    try (Lease lease = client.request(WANTED, SOON)) {
      LinkedBlockingQueue<Lease.State> states = new LinkedBlockingQueue<>();
      lease.onChange(states::add);
      assertNotNull(states.poll());
      server
          .listener()
          .updated(
              GrantUpdate.newBuilder()
                  .setRevocation(
                      Cause.newBuilder().setReason("TRUST_LOST").setSubject(lease.name()))
                  .build(),
              System.nanoTime());
      Lease.State last = states.poll(10, TimeUnit.SECONDS);
      assertEquals("TRUST_LOST", assertInstanceOf(Lease.State.Ended.class, last).reason());
    }
    assertTrue(desk.released.isEmpty(), "what was revoked is not given back");
  }

  @Test
  void aRequestIsRepeatedUntilPamIsThereAndGrantedOnce() throws Exception {
    desk.away = true;
    Thread back =
        Thread.ofVirtual()
            .start(
                () -> {
                  await(() -> asked() > 0);
                  desk.away = false;
                });
    try (Lease lease = client.request(WANTED, SOON)) {
      back.join();
      assertEquals(TWO_CORES, lease.limits());
      assertEquals(1, desk.granted.get());
    }
  }

  private int asked() {
    return desk.requests.get();
  }

  @Test
  void theSameIdIsTheSameRequestForOneUserAndAnotherForTheNext() throws Exception {
    try (GrantBroker broker = new GrantBroker(desk)) {
      UUID id = UUID.randomUUID();
      long pid = ProcessHandle.current().pid();
      ResourceRequest wanted =
          ResourceRequest.newBuilder().setWorkload(Workload.getDefaultInstance()).build();
      GrantUpdate first = broker.request(new Caller(1, pid), wanted, id, SOON);
      GrantUpdate again = broker.request(new Caller(1, pid), wanted, id, SOON);
      assertEquals(first.getGrant().getName(), again.getGrant().getName());
      assertEquals(1, desk.granted.get());
      GrantUpdate other = broker.request(new Caller(2, pid), wanted, id, SOON);
      assertEquals(2, desk.granted.get());
      String name = first.getGrant().getName();
      assertFalse(name.equals(other.getGrant().getName()));
      BrokerProblem changed =
          assertThrows(
              BrokerProblem.class,
              () ->
                  broker.request(
                      new Caller(1, pid), wanted.toBuilder().setPriority(9).build(), id, SOON));
      assertEquals(Code.ALREADY_EXISTS.getNumber(), changed.status().getCode());
      BrokerProblem foreign =
          assertThrows(BrokerProblem.class, () -> broker.release(new Caller(2, pid), name));
      assertEquals(Code.NOT_FOUND.getNumber(), foreign.status().getCode());
      broker.release(new Caller(1, pid), name);
      broker.release(new Caller(1, pid), name);
      assertEquals(List.of(name), List.copyOf(desk.released));
    }
  }

  @Test
  void aGrantEndsWithTheProcessThatAskedForIt() throws Exception {
    Process application = new ProcessBuilder("/bin/sh", "-c", "read x").start();
    try (GrantBroker broker = new GrantBroker(desk)) {
      GrantUpdate update =
          broker.request(
              new Caller(1, application.pid()),
              ResourceRequest.getDefaultInstance(),
              UUID.randomUUID(),
              SOON);
      application.destroyForcibly();
      assertTrue(application.waitFor(10, TimeUnit.SECONDS));
      assertEquals(update.getGrant().getName(), desk.released.poll(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void theKernelSaysWhoIsCallingAndUsageIsMeteredFromTheirGroup() throws Exception {
    try (Lease lease = client.request(WANTED, SOON)) {
      List<UsageSample> samples = List.of();
      long until = System.nanoTime() + SOON.toNanos();
      while (samples.isEmpty() && System.nanoTime() - until < 0) {
        samples = server.meter().sample(Duration.ofMillis(100));
      }
      assertEquals(1, samples.size());
      assertEquals(lease.name(), samples.getFirst().getSubject());
      assertTrue(samples.getFirst().getUsage().getCpuMillicores() > 0, samples::toString);
      assertTrue(samples.getFirst().getUsage().getMemoryBytes() > 0, samples::toString);
    }
  }

  @Test
  void anotherUserNeitherConnectsNorTakesTheSocketsPlace() throws Exception {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    Path open = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThrows(IOException.class, () -> BrokerServer.start(desk, open.resolve("a.sock"), false));
    Path file = Files.createFile(folder.resolve("file.sock"));
    assertThrows(IOException.class, () -> BrokerServer.start(desk, file, false));
    IOException second =
        assertThrows(IOException.class, () -> BrokerServer.start(desk, socket, false));
    assertTrue(String.valueOf(second.getMessage()).contains("another agent"), second::toString);
    Path foreign = folder.resolve("foreign.sock");
    try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.bind(UnixDomainSocketAddress.of(foreign));
    }
    try {
      Files.setAttribute(foreign, "unix:uid", 65_534);
    } catch (IOException e) {
      Assumptions.abort("skipped: only root can make another user's socket: " + e.getMessage());
    }
    IOException refusal =
        assertThrows(IOException.class, () -> BrokerServer.start(desk, foreign, false));
    assertTrue(
        String.valueOf(refusal.getMessage()).contains("not a socket of this user"),
        refusal::toString);
  }

  @Test
  void whatAnEarlierAgentLeftIsReplaced() throws Exception {
    Path stale = folder.resolve("stale.sock");
    try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.bind(UnixDomainSocketAddress.of(stale));
    }
    assertTrue(Files.exists(stale));
    BrokerServer.start(desk, stale, true).close();
    assertFalse(Files.exists(stale));
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) {
    long until = System.nanoTime() + SOON.toNanos();
    while (!condition.holds()) {
      assertTrue(System.nanoTime() - until < 0, "it did not become so in time");
      Thread.onSpinWait();
    }
  }
}
