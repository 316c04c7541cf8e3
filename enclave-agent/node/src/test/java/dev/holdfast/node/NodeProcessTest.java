package dev.holdfast.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.node.session.Allocator;
import dev.holdfast.node.session.GrantAnswer;
import dev.holdfast.node.session.GrantListener;
import dev.holdfast.node.tee.PaperGramine;
import dev.holdfast.peers.SoftwareTpm;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.node.v1.*;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.proto.usage.v1.UsageSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class NodeProcessTest {

  @TempDir Path directory;
  private SoftwareTpm tpm;
  private FakePam pam;

  @BeforeEach
  void start() throws Exception {
    tpm =
        SoftwareTpm.make(
            directory.resolve("t"), SoftwareTpm.Authority.in(directory.resolve("ca")), "hv-1");
    pam = new FakePam();
  }

  @AfterEach
  void end() {
    pam.server.shutdownNow();
    tpm.close();
  }

  private NodeProcess node(Bytes rootDigest) throws Exception {
    return node(rootDigest, "--tpm", tpm.address());
  }

  private NodeProcess node(Bytes rootDigest, String... evidence) throws Exception {
    return node(pam.address(), rootDigest, evidence);
  }

  private NodeProcess node(String servers, Bytes rootDigest, String... evidence) throws Exception {
    Path token = directory.resolve("token");
    Files.writeString(token, "t".repeat(43) + "." + rootDigest.hex() + "\n");
    var options = new NodeOptions();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--state",
                directory.resolve("state").toString(),
                "--server",
                servers,
                "--node",
                FakePam.NODE,
                "--join-token-file",
                token.toString()));
    arguments.addAll(List.of(evidence));
    new CommandLine(
            CommandLine.Model.CommandSpec.create()
                .addMixin("node", CommandLine.Model.CommandSpec.forAnnotatedObject(options)))
        .parseArgs(arguments.toArray(String[]::new));
    return NodeProcess.start(
        options,
        new NodeParts(
            new Shelf(),
            period -> List.of(UsageSample.newBuilder().setSubject(FakePam.RESERVATION).build()),
            GrantListener.NONE,
            "test/1"));
  }

  @Test
  void aNodeThatWasGivenAnotherRootSendsNoToken() {
    assertThrows(IOException.class, () -> node(Sha256.of("another root")));
    assertTrue(pam.tokens.isEmpty());
  }

  @Test
  void aNodeTakesNoOtherNodeForPam() throws Exception {
    FakePam impostor = pam.impostor();
    try {
      assertThrows(
          IOException.class,
          () -> node(impostor.address(), pam.rootDigest(), "--tpm", tpm.address()));
      assertTrue(impostor.tokens.isEmpty());
    } finally {
      impostor.server.shutdownNow();
    }
  }

  @Test
  void aNodeEnrolsAnswersAllocatesMetersAndAsksForGrants() throws Exception {
    try (NodeProcess node = node(pam.rootDigest())) {
      assertEquals("t".repeat(43), pam.tokens.poll(1, TimeUnit.SECONDS));

      // The fake has checked the binding under the session key before it shows the bundle.
      assertTrue(pam.bundles.poll(20, TimeUnit.SECONDS) != null);
      AllocationStatus applied = pam.statusOf(3);
      assertEquals(AllocationStatus.State.STATE_APPLIED, applied.getState());

      pam.send(FakePam.desired(9, 2, 2).setLeaderTerm(7));
      pam.send(FakePam.desired(10, 4, 4).setLeaderTerm(6));
      pam.send(FakePam.desired(11, 5, 5).setLeaderTerm(7));
      assertEquals(5, pam.statusOf(5).getObserved().getHypervisor().getVcpuCount());
      assertEquals(List.of(3L, 5L), pam.generations);

      GrantAnswer answer =
          node.grants()
              .request(
                  ResourceRequest.getDefaultInstance(),
                  UUID.randomUUID(),
                  java.time.Duration.ofSeconds(20));
      // One of an older term came first.
      assertEquals("g", assertInstanceOf(GrantAnswer.Granted.class, answer).grant().getName());

      UsageReport first = pam.usage.poll(20, TimeUnit.SECONDS);
      assertEquals(1, first.getSequence());
      pam.current.orElseThrow().onCompleted();
      UsageReport again = pam.usage.poll(20, TimeUnit.SECONDS);
      while (again.getSequence() != 1) {
        again = pam.usage.poll(20, TimeUnit.SECONDS);
      }
      assertEquals(first, again);
      assertEquals(1, again.getSamples(0).getSequence());
    }
  }

  @Test
  void aNodeEnrolsAndSpeaksWithWhoeverLeadsEvenWhereItWasNotToldOfIt() throws Exception {
    FakePam leading = pam.replica();
    pam.following = true;
    pam.leader = leading.address();
    try (NodeProcess _ = node(pam.rootDigest(), "--tpm", tpm.address())) {
      assertEquals("t".repeat(43), leading.tokens.poll(20, TimeUnit.SECONDS));
      assertTrue(leading.bundles.poll(20, TimeUnit.SECONDS) != null);
      assertTrue(pam.tokens.isEmpty());
    } finally {
      leading.server.shutdownNow();
    }
  }

  @Test
  void whenTheLeaderIsLostTheNextHasAllThatWasNotAcknowledged() throws Exception {
    FakePam next = pam.replica();
    next.following = true;
    String both = pam.address() + "," + next.address();
    try (NodeProcess _ = node(both, pam.rootDigest(), "--tpm", tpm.address())) {
      assertEquals(1, pam.usage.poll(20, TimeUnit.SECONDS).getSequence());
      pam.server.shutdownNow();
      next.following = false;
      assertTrue(next.bundles.poll(20, TimeUnit.SECONDS) != null);
      assertEquals(1, next.usage.poll(20, TimeUnit.SECONDS).getSequence());
      assertEquals(AllocationStatus.State.STATE_APPLIED, next.statusOf(3).getState());
    } finally {
      next.server.shutdownNow();
    }
  }

  @Test
  void whatALeaderDeposedMeanwhileIsAskedForIsAskedOfTheNext() throws Exception {
    FakePam next = pam.replica();
    pam.deposedDesk = true;
    pam.leader = next.address();
    try (NodeProcess node = node(pam.rootDigest(), "--tpm", tpm.address())) {
      assertTrue(pam.bundles.poll(20, TimeUnit.SECONDS) != null);
      GrantAnswer answer =
          node.grants()
              .request(
                  ResourceRequest.getDefaultInstance(),
                  UUID.randomUUID(),
                  java.time.Duration.ofSeconds(20));
      assertEquals("g", assertInstanceOf(GrantAnswer.Granted.class, answer).grant().getName());
      assertTrue(next.bundles.poll(20, TimeUnit.SECONDS) != null);
    } finally {
      next.server.shutdownNow();
    }
  }

  @Test
  void aNodeWithoutATpmEnrolsWithoutItsKeysAndQuotesItsEnclave() throws Exception {
    Path gramine = PaperGramine.serve(directory.resolve("gramine"));
    try (NodeProcess _ =
        node(pam.rootDigest(), "--evidence", "gramine", "--gramine", gramine.toString())) {
      assertEquals("t".repeat(43), pam.tokens.poll(1, TimeUnit.SECONDS));
      assertTrue(pam.bundles.poll(20, TimeUnit.SECONDS) != null);
    }
  }

  /** An allocator whose capacity is a shelf. */
  private static final class Shelf implements Allocator {
    private final Map<String, AllocationStatus> held = new ConcurrentHashMap<>();

    @Override
    public NodeRole role() {
      return NodeRole.NODE_ROLE_HYPERVISOR;
    }

    @Override
    public ResourceVector capacity() {
      return ResourceVector.newBuilder().setCpuMillicores(4000).build();
    }

    @Override
    public Set<Resource> resources() {
      return Set.of(Resource.RESOURCE_CPU_MILLICORES);
    }

    @Override
    public AllocationStatus apply(Allocation desired) {
      var status =
          AllocationStatus.newBuilder()
              .setState(AllocationStatus.State.STATE_APPLIED)
              .setObserved(desired)
              .build();
      held.put(desired.getReservation(), status);
      return status;
    }

    @Override
    public AllocationStatus withdraw(String reservation, long generation) {
      held.remove(reservation);
      return AllocationStatus.newBuilder().setState(AllocationStatus.State.STATE_WITHDRAWN).build();
    }

    @Override
    public List<AllocationStatus> held() {
      return List.copyOf(held.values());
    }
  }
}
