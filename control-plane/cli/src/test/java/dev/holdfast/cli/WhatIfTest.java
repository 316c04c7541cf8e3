package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.JsonFormat;
import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.Finding;
import dev.holdfast.proto.attestation.v1.PreviewPolicyRequest;
import dev.holdfast.proto.attestation.v1.PreviewPolicyResponse;
import dev.holdfast.proto.attestation.v1.Verdict;
import dev.holdfast.proto.policy.v1.Collateral;
import dev.holdfast.proto.policy.v1.ListCollateralResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code holdfast whatif} and {@code holdfast collateral}, as the process would end. */
final class WhatIfTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final String SWITCH = "trustZones/edge/nodes/sw-3";

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

  private static PreviewPolicyResponse change(Verdict now, Verdict then) {
    return PreviewPolicyResponse.newBuilder()
        .addChanges(
            PreviewPolicyResponse.Change.newBuilder()
                .setPresent(Appraisal.newBuilder().setNode(SWITCH).setVerdict(now))
                .setPreview(
                    Appraisal.newBuilder()
                        .setNode(SWITCH)
                        .setVerdict(then)
                        .addFindings(
                            Finding.newBuilder()
                                .setVerdict(then)
                                .setReason("TPM_PCR_MISMATCH")
                                .setMessage("PCR 7 is another")
                                .setClaim("pcr/sha256/7")
                                .addExpected("aa")
                                .setFound("bb")
                                .setRemedy("Allow the new value."))))
        .setUnchangedNodeCount(4)
        .setUnknownNodeCount(1)
        .build();
  }

  @Test
  void whatWouldBeRefusedIsExplainedAndEndsWithOne() throws IOException {
    server.preview = change(Verdict.VERDICT_AFFIRMING, Verdict.VERDICT_CONTRAINDICATED);
    Path policy = Files.writeString(folder.resolve("new.yaml"), "policy: {revision: 2}\n");
    Path list = Files.write(folder.resolve("new.crl"), new byte[] {1, 2, 3});
    Ended ended =
        run(
            "whatif",
            "--zone",
            "edge",
            "--policy",
            policy.toString(),
            "--crl",
            list.toString(),
            "--at",
            "2027-01-31T00:00:00Z");
    assertEquals(1, ended.code(), ended.err());
    var request = (PreviewPolicyRequest) server.requests.getFirst();
    assertEquals("trustZones/edge", request.getParent());
    assertEquals("policy: {revision: 2}\n", request.getPolicyDocument().toStringUtf8());
    assertEquals(ByteString.copyFrom(new byte[] {1, 2, 3}), request.getRevocationLists(0));
    assertEquals(
        Instant.parse("2027-01-31T00:00:00Z").getEpochSecond(), request.getAsOfTime().getSeconds());
    for (String word :
        List.of(
            SWITCH,
            "AFFIRMING",
            "CONTRAINDICATED",
            "TPM_PCR_MISMATCH",
            "register  pcr/sha256/7",
            "expected  aa",
            "found     bb",
            "remedy    Allow the new value.",
            "1 node would change, 4 would not, 1 without retained evidence cannot be told.")) {
      assertTrue(ended.out().contains(word), word + " in " + ended.out());
    }
  }

  @Test
  void whatGetsNoWorseEndsWithZero() {
    server.preview = change(Verdict.VERDICT_CONTRAINDICATED, Verdict.VERDICT_WARNING);
    assertEquals(0, run("whatif", "--zone", "edge", "--at", "2027-01-31T00:00:00Z").code());
    server.preview = PreviewPolicyResponse.newBuilder().setUnchangedNodeCount(5).build();
    Ended same = run("whatif", "--zone", "edge", "--at", "2027-01-31T00:00:00Z");
    assertEquals(0, same.code());
    assertEquals("0 nodes would change, 5 would not.\n", same.out());
  }

  @Test
  void theAnswerIsWrittenAsJsonToo() throws IOException {
    server.preview = change(Verdict.VERDICT_AFFIRMING, Verdict.VERDICT_CONTRAINDICATED);
    Ended ended = run("whatif", "--zone", "edge", "--at", "2027-01-31T00:00:00Z", "-o", "json");
    PreviewPolicyResponse.Builder read = PreviewPolicyResponse.newBuilder();
    JsonFormat.parser().merge(ended.out(), read);
    assertEquals(server.preview, read.build());
    assertTrue(
        run("whatif", "--zone", "edge", "--at", "2027-01-31T00:00:00Z", "-o", "yaml")
            .out()
            .contains("unchangedNodeCount: 4"));
  }

  @Test
  void whatIsNotUnderstoodIsNotSent() {
    assertEquals(2, run("whatif", "--zone", "edge").code());
    assertEquals(2, run("whatif", "--zone", "edge", "--at", "tomorrow").code());
    assertEquals(2, run("whatif", "--zone", "edge", "--policy", "absent.yaml").code());
    assertEquals(2, run("whatif", "--policy", "absent.yaml").code());
    assertTrue(server.requests.isEmpty());
  }

  @Test
  void collateralIsListedWithItsStateAndEnd() {
    server.collateral =
        ListCollateralResponse.newBuilder()
            .addCollateral(
                Collateral.newBuilder()
                    .setTrustZone("trustZones/edge")
                    .setKind(Collateral.Kind.KIND_TDX_TCB_INFO)
                    .setState(Collateral.State.STATE_EXPIRING_SOON)
                    .setSubject("00606a000000")
                    .setIssueNumber(17)
                    .setExpireTime(Spans.onWire(NOW.plusSeconds(7200))))
            .build();
    Ended ended = run("collateral", "list");
    assertEquals(0, ended.code(), ended.err());
    for (String word :
        List.of("in 2h", "EXPIRING_SOON", "edge", "TDX_TCB_INFO", "17", "00606a000000")) {
      assertTrue(ended.out().contains(word), word + " in " + ended.out());
    }
    assertFalse(ended.out().contains("trustZones/"), "short names in tables");
  }
}
