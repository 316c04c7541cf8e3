package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.ima.ImaExpectation;
import dev.holdfast.attestation.ima.ImaKey;
import dev.holdfast.attestation.ima.ImaRules;
import dev.holdfast.attestation.ima.PaperIma;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.AppraiseEvidenceRequest;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.Finding;
import dev.holdfast.proto.attestation.v1.IssueChallengeRequest;
import dev.holdfast.proto.attestation.v1.Verdict;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ZoneRules;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A switch of which every file is judged, among nodes of which none is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FilesTest {
  private static final Bytes SHELL = Bytes.utf8("a shell");
  private static final Bytes DAEMON = Bytes.utf8("a daemon");
  private static final Bytes KEY = Bytes.utf8("a key of the kernel's own");

  private KeyPair signer;
  private Site site;
  private Distrust distrust;
  private PaperSession session;
  private PaperIma kernel;

  @BeforeAll
  void startASite(@TempDir Path directory) throws IOException, NoSuchAlgorithmException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    signer = generator.generateKeyPair();
    site = Site.empty(directory, SiteOptions.USUAL.ruling(this::judgingFiles));
    PaperNode node = site.paper(Site.SWITCH, Role.SWITCH);
    kernel = booted(node);
    node.measure(kernel);
    site.join(Site.HYPERVISOR, Role.HYPERVISOR);
    session = site.join(node);
    site.join(Site.STORAGE, Role.STORAGE_CONTROLLER);
    site.join(Site.FIRST_ENCLAVE, Role.ENCLAVE);
    site.pathway("first", Site.HYPERVISOR, Site.SWITCH, Site.STORAGE, Site.FIRST_ENCLAVE);
    distrust = new Distrust(site);
  }

  @AfterAll
  void stop() {
    site.close();
  }

  private static List<Bytes> registers(PaperNode node, int count) {
    return IntStream.range(0, count)
        .mapToObj(index -> node.tpm().register(PcrBank.SHA256, index))
        .toList();
  }

  private PaperIma booted(PaperNode node) {
    return new PaperIma()
        .boot(PcrBank.SHA256, registers(node, 10))
        .file("/bin/sh", SHELL)
        .signed("/usr/sbin/daemon", DAEMON, PaperIma.sign(signer, DAEMON))
        .buffer(".ima", KEY)
        .violation("/var/log/messages");
  }

  private ZoneRules judgingFiles(ZoneRules zone) {
    ImaExpectation files =
        ImaExpectation.STRICT
            .withKeys(List.of(new ImaKey(signer.getPublic())))
            .withExcludes(List.of("/var/log/"));
    Map<Role, RoleRules> roles = new HashMap<>(zone.policy().roles());
    roles.computeIfPresent(Role.SWITCH, (_, rules) -> rules.withIma(new ImaRules(true, files)));
    ReferenceValues references =
        zone.references()
            .with(
                Role.SWITCH,
                Map.of(
                    ReferenceValues.fileClaim("/bin/sh"),
                    Set.of(PcrBank.SHA256.hash(SHELL)),
                    ReferenceValues.fileClaim(".ima"),
                    Set.of(PcrBank.SHA256.hash(KEY))));
    return new ZoneRules(
        zone.name(),
        zone.trust(),
        new PolicyRevision(
            new Policy(zone.policy().name(), roles, zone.policy().clockSkewMax()),
            references,
            zone.present().revocationRequired()),
        zone.outgoing(),
        zone.allocation(),
        zone.control());
  }

  private static Manner sending(Bytes list) {
    return Manner.statement(statement -> statement.setImaLog(PaperNode.wire(list)));
  }

  @Test
  void aNodeOfWhichEveryFileIsAllowedIsTrusted() {
    assertEquals(AttestationChain.State.STATE_LIVE, site.attest(Site.FIRST_PATHWAY).getState());
    site.requireHealthy();
  }

  @Test
  void entriesMeasuredAfterTheQuoteWaitForTheNextOne() {
    Bytes grown =
        Bytes.concat(
            kernel.binary(), new PaperIma().file("/tmp/later", Bytes.utf8("later")).binary());
    session.behave(sending(grown));
    assertEquals(AttestationChain.State.STATE_LIVE, site.attest(Site.FIRST_PATHWAY).getState());
    session.behave(Manner.HONEST);
  }

  @Test
  void aRequiredListThatIsNotSentIsRefused() {
    distrust.follows(
        Site.SWITCH, sending(Bytes.EMPTY), Code.FAILED_PRECONDITION, "EVIDENCE_MISSING");
  }

  @Test
  void aListThatTheRegisterDoesNotAccountForIsRefused() {
    Bytes list = kernel.binary();
    Bytes last = kernel.entry(kernel.extensions().size() - 1);
    distrust.follows(
        Site.SWITCH,
        sending(list.slice(0, list.length() - last.length())),
        Code.PERMISSION_DENIED,
        "IMA_MISMATCH");
  }

  @Test
  void aListThatCannotBeReadIsRefused() {
    distrust.follows(
        Site.SWITCH, sending(Bytes.utf8("no list")), Code.INVALID_ARGUMENT, "IMA_MALFORMED");
  }

  @Test
  void everyFileThatNothingAllowsIsNamedWithWhatWouldHelp() {
    PaperNode node = site.paper(Site.ZONE + "/nodes/switch-2", Role.SWITCH);
    PaperIma own = booted(node);
    node.measure(own);
    site.join(node);
    Bytes miner = Bytes.utf8("mine");
    node.measure(
        own.file("/tmp/miner", miner)
            .signed("/usr/sbin/daemon", miner, PaperIma.sign(signer, DAEMON))
            .file("/bin/sh", miner)
            .buffer(".ima", miner)
            .violation("/etc/passwd"));
    ByteString evidence =
        node.evidence(
            site.operator()
                .attestation()
                .issueChallenge(IssueChallengeRequest.newBuilder().setNode(node.name()).build()),
            Manner.HONEST);
    Appraisal appraisal =
        site.operator()
            .attestation()
            .appraiseEvidence(
                AppraiseEvidenceRequest.newBuilder()
                    .setNode(node.name())
                    .setEvidenceBundle(evidence)
                    .build());
    assertEquals(Verdict.VERDICT_CONTRAINDICATED, appraisal.getVerdict());
    String found = "sha256:" + PcrBank.SHA256.hash(miner).hex();
    assertEquals(
        List.of(
            "IMA_FILE ima/5 /tmp/miner " + found,
            "IMA_SIGNATURE ima/6 /usr/sbin/daemon " + found,
            "IMA_FILE ima/7 /bin/sh " + found,
            "IMA_FILE ima/8 .ima " + found,
            "IMA_VIOLATION ima/9 /etc/passwd "),
        appraisal.getFindingsList().stream().map(FilesTest::inShort).toList());
    Finding shell = appraisal.getFindings(2);
    assertEquals(List.of(PcrBank.SHA256.hash(SHELL).hex()), shell.getExpectedList());
    assertTrue(shell.getRemedy().startsWith("Allow " + PcrBank.SHA256.hash(miner).hex()));
  }

  /** With the one name among those of the test that its words hold. */
  private static String inShort(Finding finding) {
    String name =
        Stream.of("/tmp/miner", "/usr/sbin/daemon", "/bin/sh", ".ima", "/etc/passwd")
            .filter(finding.getMessage()::contains)
            .findFirst()
            .orElse("none");
    return finding.getReason() + " " + finding.getClaim() + " " + name + " " + finding.getFound();
  }
}
