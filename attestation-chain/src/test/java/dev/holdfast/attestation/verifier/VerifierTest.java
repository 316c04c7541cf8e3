package dev.holdfast.attestation.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Challenge;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.EvidenceBundle;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.eventlog.ReplayMemory;
import dev.holdfast.attestation.nitro.PaperNitro;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.psa.PaperPsa;
import dev.holdfast.attestation.tpm2.PaperTpm;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class VerifierTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Nonce NONCE = new Nonce(Sha256.of("nonce"));
  private static final Bytes METRICS = Bytes.utf8("metrics");
  private static final Bytes CHANNEL = Bytes.utf8("the channel's key");
  private static final Challenge CHALLENGE = new Challenge(NONCE, CHANNEL);
  private static final Bytes BINDING = Binding.of(NONCE, METRICS, CHANNEL).digest();
  private static final PcrSelection REGISTERS = PcrSelection.of(PcrBank.SHA256, 0, 4);
  private static final RoleRules RULES =
      RoleRules.quotes(Verdict.AFFIRMING, List.of(REGISTERS), Duration.ofMinutes(5), false);
  private static final PaperNitro NITRO = new PaperNitro();
  private static final PaperPsa PSA = new PaperPsa();
  private static final PaperTpm TPM = new PaperTpm(PaperTpm.Kind.ECDSA_P256);
  private static final Identity UNKNOWN = new Identity.Unknown();
  private static final TrustAnchors ANCHORS =
      new TrustAnchors(
          Map.of(EvidenceFormat.AWS_NITRO, NITRO.anchors()),
          Map.of(PaperPsa.instance(), PSA.key()),
          false);

  private static EvidenceBundle bundle(Evidence... evidence) {
    return new EvidenceBundle(
        NONCE.value(), List.of(evidence), METRICS, CHANNEL, Sha256.of("the bundle"));
  }

  private static Verification verify(EvidenceBundle bundle, Expectation expectation) {
    return new Verifier(DcapMemory.of(8, 8), new ReplayMemory(1024 * 1024))
        .verify(bundle, CHALLENGE, expectation, ANCHORS, Collateral.NONE, NOW);
  }

  private static Set<Reason> reasons(EvidenceBundle bundle, Identity identity) {
    return switch (verify(bundle, new Expectation(identity, RULES))) {
      case Verification.Verified _ -> Set.of();
      case Verification.Rejected rejected ->
          rejected.findings().stream().map(Finding::reason).collect(Collectors.toSet());
    };
  }

  private static Evidence nitro(Bytes nonce) {
    CBORObject content = NITRO.content().Set("nonce", nonce.toByteArray());
    return new Evidence.NitroDocument("", NITRO.document(content));
  }

  private static Evidence psa(Bytes nonce) {
    CBORObject claims =
        PaperPsa.claims("tag:psacertified.org,2023:psa#tfm").Set(10, nonce.toByteArray());
    return new Evidence.PsaToken("", PSA.token(claims));
  }

  private static Evidence quote(Bytes binding) {
    return TPM.evidence(TPM.quote(binding, REGISTERS));
  }

  private static Identity tpm() {
    return new Identity.TpmKey(TPM.key(), Optional.empty());
  }

  @Test
  void anAnswerInEachFormatIsProvenWithItsFormatAndItsMetrics() {
    Map<Evidence, Identity> answers =
        Map.of(nitro(BINDING), UNKNOWN, psa(BINDING), UNKNOWN, quote(BINDING), tpm());
    answers.forEach(
        (evidence, identity) -> {
          Verification.Verified verified =
              assertInstanceOf(
                  Verification.Verified.class,
                  verify(bundle(evidence), new Expectation(identity, RULES)));
          assertEquals(Optional.of(evidence.format()), verified.format());
          assertEquals(Optional.of(METRICS), verified.runtimeMetrics());
          assertEquals(NONCE, verified.answered());
        });
  }

  @Test
  void aStatementThatBindsAnotherAnswerIsRefusedWhateverItsFormat() {
    Bytes other = Binding.of(NONCE, Bytes.utf8("nicer metrics"), CHANNEL).digest();
    assertEquals(Set.of(Reason.NONCE_UNKNOWN), reasons(bundle(nitro(other)), UNKNOWN));
    assertEquals(Set.of(Reason.NONCE_UNKNOWN), reasons(bundle(psa(other)), UNKNOWN));
    assertTrue(!reasons(bundle(quote(other)), tpm()).isEmpty());
  }

  @Test
  void aBundleForAnotherChallengeOrChannelIsRefusedBeforeItsStatementIsRead() {
    EvidenceBundle relayed =
        new EvidenceBundle(
            Sha256.of("another nonce"),
            List.of(nitro(BINDING)),
            METRICS,
            Bytes.utf8("another channel"),
            Sha256.of("the bundle"));
    assertEquals(Set.of(Reason.NONCE_UNKNOWN, Reason.CHANNEL_BINDING), reasons(relayed, UNKNOWN));
  }

  @Test
  void whoIsNotAnchoredVouchesForNothing() {
    Verification refused =
        new Verifier(DcapMemory.none(), ReplayMemory.none())
            .verify(
                bundle(nitro(BINDING)),
                CHALLENGE,
                new Expectation(UNKNOWN, RULES),
                TrustAnchors.NONE,
                Collateral.NONE,
                NOW);
    Verification.Rejected rejected = assertInstanceOf(Verification.Rejected.class, refused);
    assertEquals(Reason.CERT_CHAIN, rejected.findings().getFirst().reason());
  }

  @Test
  void hardwareStaysTheHardwareThatWasEnrolled() {
    assertEquals(
        Set.of(),
        reasons(bundle(psa(BINDING)), new Identity.Hardware(Sha256.of(PaperPsa.instance()))));
    assertEquals(
        Set.of(Reason.DEVICE_IDENTITY),
        reasons(bundle(psa(BINDING)), new Identity.Hardware(Sha256.of(PaperPsa.filled(33, 1)))));
    assertEquals(Set.of(Reason.FORMAT_UNSUPPORTED), reasons(bundle(nitro(BINDING)), tpm()));
    assertEquals(Set.of(Reason.AK_NOT_BOUND), reasons(bundle(quote(BINDING)), UNKNOWN));
  }

  @Test
  void aDeviceThatIsNotEnrolledIsNotHeard() {
    Evidence device =
        new Evidence.SpdmMeasurements("gpu-0", Bytes.utf8("anything"), List.of(Bytes.utf8("x")));
    assertEquals(Set.of(Reason.DEVICE_IDENTITY), reasons(bundle(nitro(BINDING), device), UNKNOWN));
    assertEquals(Set.of(Reason.DEVICE_IDENTITY), reasons(bundle(quote(BINDING), device), tpm()));
    Expectation enrolled =
        new Expectation(UNKNOWN, RULES, Map.of("gpu-0", Sha256.of("the device's key")));
    Verification.Rejected rejected =
        assertInstanceOf(
            Verification.Rejected.class, verify(bundle(nitro(BINDING), device), enrolled));
    assertTrue(
        rejected.findings().stream().allMatch(finding -> finding.component().equals("gpu-0")));
  }

  @Test
  void aBundleHasOneStatementOfItsOwnAndOneOfEachDevice() {
    assertEquals(Set.of(Reason.EVIDENCE_MISSING), reasons(bundle(), UNKNOWN));
    assertEquals(
        Set.of(Reason.EVIDENCE_DUPLICATE), reasons(bundle(nitro(BINDING), psa(BINDING)), UNKNOWN));
    Evidence device = new Evidence.Dice("nic-0", List.of(), Bytes.EMPTY);
    assertEquals(
        Set.of(Reason.EVIDENCE_DUPLICATE),
        reasons(bundle(nitro(BINDING), device, device), UNKNOWN));
    assertEquals(Set.of(Reason.EVIDENCE_MALFORMED), reasons(bundle(device), UNKNOWN));
  }

  @Test
  void aWrapperIsWhatItHolds() {
    Bytes document = ((Evidence.NitroDocument) nitro(BINDING)).document();
    CBORObject record =
        CBORObject.NewArray().Add("application/aws-nitro-document").Add(document.toByteArray());
    assertEquals(
        Set.of(Reason.EVIDENCE_MALFORMED),
        reasons(
            bundle(new Evidence.ConceptualMessage("", Bytes.of(record.EncodeToBytes()))), UNKNOWN));
    Bytes token = ((Evidence.PsaToken) psa(BINDING)).token();
    CBORObject wrapped =
        CBORObject.NewArray().Add("application/psa-attestation-token").Add(token.toByteArray());
    Verification.Verified verified =
        assertInstanceOf(
            Verification.Verified.class,
            verify(
                bundle(new Evidence.ConceptualMessage("", Bytes.of(wrapped.EncodeToBytes()))),
                new Expectation(UNKNOWN, RULES)));
    assertEquals(Optional.of(EvidenceFormat.ARM_PSA), verified.format());
    assertTrue(
        verified.claims().stream()
            .anyMatch(
                claim ->
                    claim instanceof Claim.Measurement m
                        && m.name().equals("psa/implementation-id")));
  }
}
