package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.policy.TeeRules;
import dev.holdfast.attestation.snp.PaperSnp;
import dev.holdfast.proto.attestation.v1.Finding;
import dev.holdfast.proto.attestation.v1.ListAppraisalsRequest;
import dev.holdfast.proto.attestation.v1.PreviewPolicyRequest;
import dev.holdfast.proto.attestation.v1.PreviewPolicyResponse;
import dev.holdfast.proto.attestation.v1.Verdict;
import dev.holdfast.proto.policy.v1.Node;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What another policy, revocation list or clock would make of the evidence that nodes of a real
 * server sent last: which nodes change, and why; and that nothing changes by asking.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PreviewTest {
  private static final Instant PAST_THEIR_END = Instant.parse("2049-06-01T00:00:00Z");

  private static final String UNCHANGED = policy(Role.ENCLAVE, "");

  private Path directory = Path.of("");
  private Site site;

  @BeforeAll
  void startASite(@TempDir Path folder) throws IOException {
    directory = folder;
    site =
        TeeZone.site(
            folder,
            zone -> TeeZone.rules(zone, TeeRules.STRICT, List.of(TeeZone.GOOD)),
            PaperGuest.snp(UnaryOperator.identity()));
  }

  @AfterAll
  void stop() {
    site.close();
  }

  /** The policy in force, written down, with one register of one role changed. */
  private static String policy(Role other, String seventh) {
    StringBuilder roles = new StringBuilder();
    StringBuilder references = new StringBuilder();
    for (Role role : List.of(Role.HYPERVISOR, Role.SWITCH, Role.STORAGE_CONTROLLER)) {
      String word = role.name().toLowerCase(Locale.ROOT).replace('_', '-');
      roles.append("    ").append(word).append(": {}\n");
      references.append("    ").append(word).append(":\n      sha256:\n");
      BootLog.of(role)
          .references()
          .forEach(
              (register, values) ->
                  references.append(
                      line(register, values.iterator().next(), role, other, seventh)));
    }
    return "policy:\n  revision: 2\n  roles:\n"
        + roles
        + "    enclave: {formats: [sev-snp-report]}\n"
        + "references:\n  roles:\n"
        + references
        + "    enclave: {measurements: {snp/measurement: \""
        + PaperSnp.MEASUREMENT.hex()
        + "\"}}\n";
  }

  private static String line(Pcr register, Bytes value, Role role, Role other, String seventh) {
    if (role != other || register.index() != 7) {
      return "        " + register.index() + ": \"" + value.hex() + "\"\n";
    }
    return seventh.isEmpty() ? "" : "        7: \"" + seventh + "\"\n";
  }

  private PreviewPolicyResponse preview(UnaryOperator<PreviewPolicyRequest.Builder> asking) {
    return site.operator()
        .attestation()
        .previewPolicy(
            asking.apply(PreviewPolicyRequest.newBuilder().setParent(Site.ZONE)).build());
  }

  private PreviewPolicyResponse preview(String document) {
    return preview(asking -> asking.setPolicyDocument(ByteString.copyFromUtf8(document)));
  }

  /** The one node that changes, the one finding that would be against it, and the rest. */
  private static Finding onlyChange(PreviewPolicyResponse preview, String node) {
    assertEquals(1, preview.getChangesCount(), () -> preview.getChangesList().toString());
    assertEquals(3, preview.getUnchangedNodeCount());
    PreviewPolicyResponse.Change change = preview.getChanges(0);
    assertEquals(node, change.getPresent().getNode());
    assertEquals(Verdict.VERDICT_AFFIRMING, change.getPresent().getVerdict());
    assertEquals(Verdict.VERDICT_CONTRAINDICATED, change.getPreview().getVerdict());
    assertEquals("", change.getPreview().getName(), "what is not stored has no name");
    assertEquals(1, change.getPreview().getFindingsCount());
    return change.getPreview().getFindings(0);
  }

  @Test
  void thePolicyInForceChangesNothing() {
    for (PreviewPolicyResponse same : List.of(preview(asking -> asking), preview(UNCHANGED))) {
      assertEquals(List.of(), same.getChangesList());
      assertEquals(4, same.getUnchangedNodeCount());
    }
  }

  @Test
  void aPolicyWithAnotherValueNamesTheNodeTheRegisterAndBothValues() {
    String wanted = "ab".repeat(32);
    Finding finding = onlyChange(preview(policy(Role.SWITCH, wanted)), Site.SWITCH);
    assertEquals("TPM_PCR_MISMATCH", finding.getReason());
    assertEquals("pcr/sha256/7", finding.getClaim());
    assertEquals(List.of(wanted), finding.getExpectedList());
    String held =
        BootLog.of(Role.SWITCH).references().entrySet().stream()
            .filter(entry -> entry.getKey().index() == 7)
            .map(entry -> entry.getValue().iterator().next().hex())
            .findFirst()
            .orElseThrow();
    assertEquals(held, finding.getFound());
    assertTrue(finding.getRemedy().contains(held), finding.getRemedy());
  }

  @Test
  void aPolicyWithoutAValueSaysThatOneIsMissing() {
    Finding finding = onlyChange(preview(policy(Role.STORAGE_CONTROLLER, "")), Site.STORAGE);
    assertEquals("REFERENCE_MISSING", finding.getReason());
  }

  @Test
  void aFurtherRevocationListNamesWhoLosesTheirAuthority() {
    ByteString list = PaperNode.wire(PaperSnp.revocations(PaperSnp.END, 0x10001));
    Finding finding = onlyChange(preview(asking -> asking.addRevocationLists(list)), TeeZone.GUEST);
    assertEquals("CERT_REVOKED", finding.getReason());
  }

  @Test
  void anotherClockShowsWhatWillHaveEnded() {
    Finding finding =
        onlyChange(
            preview(asking -> asking.setAsOfTime(PaperNode.time(PAST_THEIR_END))), TeeZone.GUEST);
    assertEquals("CERT_EXPIRED", finding.getReason());
  }

  @Test
  void askingChangesNothing() {
    int appraisals = appraisals(Site.SWITCH);
    int told = site.told();
    int reservations = site.ledger().reservations().size();
    preview(policy(Role.SWITCH, "ab".repeat(32)));
    assertEquals(Node.State.STATE_TRUSTED, site.state(Site.SWITCH));
    assertEquals(appraisals, appraisals(Site.SWITCH));
    assertEquals(told, site.told());
    assertEquals(reservations, site.ledger().reservations().size());
    site.requireHealthy();
  }

  private int appraisals(String node) {
    return site.operator()
        .attestation()
        .listAppraisals(ListAppraisalsRequest.newBuilder().setParent(node).build())
        .getAppraisalsCount();
  }

  @Test
  void onlyOperatorsMayAskAndWhatCannotBeReadIsRefusedWithAllThatIsWrong() {
    PreviewPolicyRequest any = PreviewPolicyRequest.newBuilder().setParent(Site.ZONE).build();
    for (Client other : List.of(site.firstTenant(), site.session(Site.SWITCH).client())) {
      Refused.by(() -> other.attestation().previewPolicy(any)).with(Code.PERMISSION_DENIED, "ROLE");
    }
    Refused malformed =
        Refused.by(() -> preview("policy:\n  revison: 2\n  roles:\n    swich: {}\n"))
            .with(Code.INVALID_ARGUMENT, "POLICY_MALFORMED");
    assertTrue(malformed.message().contains("did you mean revision?"), malformed.message());
    assertTrue(malformed.message().contains("did you mean switch?"), malformed.message());
    ByteString junk = ByteString.copyFromUtf8("not a list");
    Refused.by(() -> preview(asking -> asking.addRevocationLists(junk)))
        .with(Code.INVALID_ARGUMENT, "REVOCATION_LIST_MALFORMED");
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  @Test
  void theCommandLineSaysWhichNodesWouldChangeAndWhy() throws IOException {
    Terminal terminal = new Terminal(site, directory);
    Terminal.Ended worse =
        terminal.holdfast(
            "whatif",
            "--zone",
            "edge",
            "--policy",
            file("worse.yaml", policy(Role.SWITCH, "ab".repeat(32))));
    assertEquals(1, worse.code(), worse.err());
    for (String words :
        List.of(
            Site.SWITCH,
            "TPM_PCR_MISMATCH",
            "pcr/sha256/7",
            "ab".repeat(32),
            "1 node would change, 3 would not")) {
      assertTrue(worse.out().contains(words), worse.out());
    }
    Terminal.Ended same =
        terminal.holdfast("whatif", "--zone", "edge", "--policy", file("same.yaml", UNCHANGED));
    assertEquals(0, same.code(), same.err());
    assertTrue(same.out().contains("0 nodes would change, 4 would not"), same.out());
    Terminal.Ended later =
        terminal.holdfast("whatif", "--zone", "edge", "--at", PAST_THEIR_END.toString());
    assertEquals(1, later.code(), later.err());
    assertTrue(later.out().contains("CERT_EXPIRED"), later.out());
    Path list = Files.write(directory.resolve("new.crl"), revoking());
    Terminal.Ended revoked =
        terminal.holdfast("whatif", "--zone", "edge", "--crl", list.toString());
    assertEquals(1, revoked.code(), revoked.err());
    assertTrue(revoked.out().contains("CERT_REVOKED"), revoked.out());
    Terminal.Ended wrong =
        terminal.holdfast("whatif", "--zone", "edge", "--policy", file("wrong.yaml", "polcy: {}"));
    assertTrue(wrong.code() != 0);
    assertTrue(wrong.err().contains("did you mean policy?"), wrong.err());
  }

  private static byte[] revoking() {
    return PaperSnp.revocations(PaperSnp.END, 0x10001).toByteArray();
  }
}
