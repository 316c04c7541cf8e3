package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.AppraisalView;
import dev.holdfast.proto.attestation.v1.AppraiseEvidenceRequest;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.Finding;
import dev.holdfast.proto.attestation.v1.GetAppraisalRequest;
import dev.holdfast.proto.attestation.v1.Link;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.attestation.v1.Verdict;
import dev.holdfast.proto.policy.v1.CreateNodeRequest;
import dev.holdfast.proto.policy.v1.ListNodesResponse;
import dev.holdfast.proto.reservation.v1.Cause;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.ExplainReservationResponse;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.resource.v1.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** Every command, over mutual TLS 1.3, as the process would end. */
final class MainTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final String IMAGE = "ab".repeat(32);

  @TempDir private Path folder = Path.of("");
  private LoopbackServer server;
  private Path credentials;

  @BeforeEach
  void start() throws IOException {
    Credentials authority = new Credentials();
    credentials = authority.issue(folder.resolve("operator"), "operator");
    server = new LoopbackServer(authority.issue(folder.resolve("server"), "pam"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Ended run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("--server", server.address()));
    all.addAll(List.of("--credentials", credentials.toString()));
    all.addAll(List.of(arguments));
    return Ended.of(() -> NOW, folder, all);
  }

  private Ended alone(String... arguments) {
    return Ended.of(() -> NOW, folder, List.of(arguments));
  }

  @Test
  void aReservationCarriesExactlyWhatWasTyped() {
    Ended ended =
        run(
            "reserve",
            "--tenant",
            "acme",
            "--image",
            IMAGE,
            "--input",
            "rows=5000000",
            "--input",
            "mode=full",
            "--cpu",
            "1500m",
            "--memory",
            "512Mi",
            "--network",
            "10MB/s",
            "--for",
            "90m",
            "--zone",
            "edge",
            "--id",
            "r7");
    assertEquals(0, ended.code(), ended.err());
    var request = (CreateReservationRequest) server.requests.getFirst();
    assertEquals("tenants/acme", request.getParent());
    assertEquals(1500, request.getReservation().getAmount().getCpuMillicores());
    assertEquals(512L << 20, request.getReservation().getAmount().getMemoryBytes());
    assertEquals(10_000_000, request.getReservation().getAmount().getNetworkBytesPerSecond());
    assertEquals(5400, request.getHoldDuration().getSeconds());
    assertFalse(request.hasStartDelay());
    assertFalse(request.getReservation().hasInterval(), "the server sets it");
    assertEquals("trustZones/edge", request.getReservation().getTrustZone());
    assertEquals(5e6, request.getReservation().getWorkload().getInputsOrThrow("rows").getNumber());
    assertEquals(36, request.getRequestId().length());
    assertTrue(ended.out().contains("cpu 1500m, memory 512Mi, network 10MB/s"), ended.out());
  }

  @Test
  void withoutAnAmountNoneIsSentAndADryRunSaysSo() {
    Ended ended = run("reserve", "--tenant", "acme", "--image", IMAGE, "--id", "r1", "--dry-run");
    assertEquals(0, ended.code(), ended.err());
    var request = (CreateReservationRequest) server.requests.getFirst();
    assertFalse(request.getReservation().hasAmount());
    assertTrue(request.getValidateOnly());
    assertTrue(ended.out().startsWith("Dry run"), ended.out());
  }

  @Test
  void waitingEndsWhenTheReservationIsActiveOrCannotBe() {
    Ended active = run("reserve", "--tenant", "acme", "--image", IMAGE, "--id", "r1", "--wait=20s");
    assertEquals(0, active.code(), active.err());
    assertTrue(active.out().contains("ACTIVE"), active.out());
    server.reservations.clear();
    Ended failed = run("reserve", "--tenant", "acme", "--image", IMAGE, "--id", "doomed", "--wait");
    assertEquals(1, failed.code());
    assertTrue(failed.err().contains("will not be ACTIVE"), failed.err());
  }

  @Test
  void aRefusalShowsStatusReasonMessageFactsAndAdvice() {
    Ended ended = run("reserve", "--tenant", "acme", "--image", IMAGE, "--id", "too-much");
    assertEquals(1, ended.code());
    assertEquals("", ended.out());
    assertEquals(
        """
        holdfast: RESOURCE_EXHAUSTED NO_ROOM
          node "sw-3" has 3MB/s free and 10MB/s were asked for
          node      trustZones/edge/nodes/sw-3
          resource  network
          What to do: ask for less, release something, or try again later.
        """,
        ended.err());
  }

  @Test
  void whatAServerSaysCannotSteerTheTerminal() {
    Ended ended = run("get", "tenants/acme/reservations/none");
    assertEquals(1, ended.code());
    assertFalse(ended.err().contains("\u001b"), ended.err());
    assertTrue(ended.err().contains("NOT_FOUND"), ended.err());
  }

  @Test
  void noAnswerInTimeIsUnreachable() {
    Ended ended = run("get", LoopbackServer.SILENT, "--timeout", "300ms");
    assertEquals(3, ended.code());
    assertTrue(ended.err().contains("No answer from " + server.address()), ended.err());
  }

  @Test
  void noServerIsUnreachable() {
    server.close();
    Ended ended = run("list", "nodes", "--timeout", "10s");
    assertEquals(3, ended.code(), ended.err());
    assertTrue(ended.err().contains("Cannot reach " + server.address()), ended.err());
  }

  @Test
  void aServerOfAnotherTrustDomainIsNotBelieved() throws IOException {
    credentials = new Credentials().issue(folder.resolve("stranger"), "operator");
    Ended ended = run("list", "nodes", "--timeout", "10s");
    assertEquals(3, ended.code(), ended.err());
    assertTrue(ended.err().contains("UNAVAILABLE"), ended.err());
    assertTrue(server.requests.isEmpty());
  }

  @Test
  void missingCredentialsAreNamed() {
    credentials = folder.resolve("nowhere");
    Ended ended = run("list", "nodes");
    assertEquals(2, ended.code());
    assertTrue(ended.err().contains("ca.pem is missing"), ended.err());
  }

  @Test
  void aListIsAllPagesInEveryFormat() throws IOException {
    Ended table = run("list", "nodes");
    assertEquals(LoopbackServer.NODES + 1, table.out().lines().count(), table.out());
    Ended json = run("-o", "json", "nodes", "list");
    ListNodesResponse.Builder parsed = ListNodesResponse.newBuilder();
    JsonFormat.parser().merge(json.out(), parsed);
    assertEquals(LoopbackServer.NODES, parsed.getNodesCount());
    assertEquals("", parsed.getNextPageToken());
    Ended yaml = run("nodes", "list", "-o", "yaml");
    assertEquals(new Yaml().<Object>load(json.out()), new Yaml().<Object>load(yaml.out()));
  }

  @Test
  void aWatchShowsTheStateAndEndsInTime() {
    server.reservations.put(
        "r", Reservation.newBuilder().setName("tenants/acme/reservations/r").build());
    Ended ended = run("watch", "--tenant", "acme", "--for", "1s");
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().contains("ACTIVE        tenants/acme/reservations/r"), ended.out());
    Ended json = run("watch", "--for", "1s", "-o", "json");
    assertEquals(1, json.out().lines().count(), json.out());
  }

  @Test
  void anExplanationNamesRegisterExpectedFoundAndRemedy() {
    Finding finding =
        Finding.newBuilder()
            .setReason("PCR_MISMATCH")
            .setVerdict(Verdict.VERDICT_CONTRAINDICATED)
            .setMessage("PCR 7 of node \"sw-3\" changed.")
            .setClaim("pcr/sha256/7")
            .addExpected("aa".repeat(32))
            .setFound("bb".repeat(32))
            .setRemedy("Allow the new value in policy \"edge\".")
            .build();
    server.explanation =
        ExplainReservationResponse.newBuilder()
            .setReservation(
                Reservation.newBuilder()
                    .setName("tenants/acme/reservations/r7")
                    .setState(Reservation.State.STATE_SUSPENDED)
                    .setCause(Cause.newBuilder().setReason("TRUST_LOST").setMessage("PCR 7")))
            .addCandidates(
                ExplainReservationResponse.Candidate.newBuilder()
                    .setPathway("trustZones/edge/pathways/p1")
                    .setVerdict(Verdict.VERDICT_CONTRAINDICATED)
                    .setCause(Cause.newBuilder().setReason("TRUST_LOST"))
                    .addFindings(finding)
                    .addShortfalls(
                        ExplainReservationResponse.Shortfall.newBuilder()
                            .setNode("trustZones/edge/nodes/sw-3")
                            .setRole(NodeRole.NODE_ROLE_SWITCH)
                            .setResource(Resource.RESOURCE_NETWORK_BYTES_PER_SECOND)
                            .setAsked(10_000_000)
                            .setFree(3_000_000)))
            .build();
    String out = run("explain", "tenants/acme/reservations/r7").out();
    for (String part :
        List.of(
            "SUSPENDED",
            "TRUST_LOST: PCR 7",
            "CONTRAINDICATED PCR_MISMATCH",
            "register  pcr/sha256/7",
            "expected  " + "aa".repeat(32),
            "found     " + "bb".repeat(32),
            "remedy    Allow",
            "lacks network: 10MB/s asked for, 3MB/s free")) {
      assertTrue(out.contains(part), () -> part + " is missing in\n" + out);
    }
  }

  @Test
  void aJoinTokenIsWrittenForItsOwnerOnlyAndNeverOverAFile() throws IOException {
    Path file = folder.resolve("token");
    Ended ended = run("nodes", "token", "edge/sw-3", "--file", file.toString());
    assertEquals(0, ended.code(), ended.err());
    assertEquals("t".repeat(43) + "." + "0a".repeat(32) + "\n", Files.readString(file));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals("", ended.out());
    assertEquals(2, run("nodes", "token", "edge/sw-3", "--file", file.toString()).code());
    assertEquals(1, server.requests.size());
    assertEquals(
        "t".repeat(43) + "." + "0a".repeat(32) + "\n", run("nodes", "token", "edge/sw-3").out());
  }

  @Test
  void aNodeIsCreatedWithItsRoleAndCapacity() {
    Ended ended =
        run("nodes", "create", "edge/e-1", "--role", "enclave", "--tenant", "acme", "--cpu", "2");
    assertEquals(0, ended.code(), ended.err());
    var request = (CreateNodeRequest) server.requests.getFirst();
    assertEquals("e-1", request.getNodeId());
    assertEquals("trustZones/edge", request.getParent());
    assertEquals("tenants/acme", request.getNode().getTenant());
    assertEquals(2000, request.getNode().getCapacityMax().getCpuMillicores());
    Ended mistyped = run("nodes", "create", "edge/e-1", "--role", "swich");
    assertEquals(2, mistyped.code());
    assertTrue(mistyped.err().contains("Did you mean \"switch\"?"), mistyped.err());
  }

  @Test
  void anAppraisalThatIsBadEndsTheCommandSo() throws IOException {
    server.appraisal = Appraisal.newBuilder().setVerdict(Verdict.VERDICT_CONTRAINDICATED).build();
    assertEquals(1, run("appraise", "edge/sw-3").code());
    var newest = (GetAppraisalRequest) server.requests.getFirst();
    assertEquals("trustZones/edge/nodes/sw-3/appraisals/-", newest.getName());
    assertEquals(AppraisalView.APPRAISAL_VIEW_FULL, newest.getView());
    server.appraisal = Appraisal.newBuilder().setVerdict(Verdict.VERDICT_AFFIRMING).build();
    Path evidence = Files.write(folder.resolve("evidence"), new byte[] {1, 2, 3});
    assertEquals(0, run("appraise", "edge/sw-3", "--evidence", evidence.toString()).code());
    var given = (AppraiseEvidenceRequest) server.requests.getLast();
    assertEquals(ByteString.copyFrom(new byte[] {1, 2, 3}), given.getEvidenceBundle());
  }

  @Test
  void aChainIsShownLinkByLink() {
    server.chain =
        AttestationChain.newBuilder()
            .setName("trustZones/edge/pathways/p1/attestationChains/c1")
            .setState(AttestationChain.State.STATE_LIVE)
            .setExpireTime(Timestamp.newBuilder().setSeconds(NOW.getEpochSecond() + 300))
            .addLinks(
                Link.newBuilder()
                    .setDigest(ByteString.copyFrom(new byte[32]))
                    .setAppraisal(
                        Appraisal.newBuilder()
                            .setNode("trustZones/edge/nodes/hv-1")
                            .setRole(NodeRole.NODE_ROLE_HYPERVISOR)
                            .setVerdict(Verdict.VERDICT_AFFIRMING)))
            .build();
    Ended ended = run("chains", "attest", "edge/p1");
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().contains("in 5m"), ended.out());
    assertTrue(ended.out().contains("HYPERVISOR  hv-1  AFFIRMING"), ended.out());
    assertTrue(ended.out().contains("000000000000…"), ended.out());
  }

  @Test
  void aMistypedWordIsAnsweredByTheNearest() {
    Ended kind = run("list", "reservation5");
    assertEquals(2, kind.code());
    assertTrue(kind.err().contains("Did you mean \"reservations\"?"), kind.err());
    Ended command = run("reserv");
    assertEquals(2, command.code());
    assertTrue(command.err().contains("reserve"), command.err());
    Ended option = run("reserve", "--tenat", "acme");
    assertEquals(2, option.code());
    assertTrue(option.err().contains("--tenant"), option.err());
    Ended unit = run("reserve", "--tenant", "a", "--image", IMAGE, "--memory", "5Mib");
    assertEquals(2, unit.code());
    assertTrue(unit.err().contains("Did you mean \"MiB\"?"), unit.err());
    assertTrue(server.requests.isEmpty());
  }

  @Test
  void theHelpListsEveryProgramAndTheCompletionKnowsThem() {
    Ended help = alone("--help");
    assertEquals(0, help.code());
    Ended completion = alone("completion");
    for (String word :
        List.of(
            "demo",
            "server",
            "agent",
            "controller",
            "reserve",
            "get",
            "list",
            "watch",
            "release",
            "explain",
            "nodes",
            "pathways",
            "chains",
            "appraise",
            "completion")) {
      assertTrue(help.out().contains("  " + word + " "), () -> word + " in\n" + help.out());
      assertTrue(completion.out().contains(word), word);
    }
    assertTrue(help.out().contains("Exit codes:"), help.out());
    assertEquals(2, alone().code());
    assertEquals(0, alone("nodes", "token", "--help").code());
    assertEquals(0, alone("--version").code());
  }
}
