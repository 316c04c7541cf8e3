package dev.holdfast.attestation.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.PcrValue;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Samples;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.TrustVector;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.eventlog.EventType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AppraiserTest {
  private static final Pcr PCR4 = new Pcr(PcrBank.SHA256, 4);
  private static final Pcr PCR7 = new Pcr(PcrBank.SHA256, 7);
  private static final Pcr PCR9 = new Pcr(PcrBank.SHA256, 9);
  private static final Bytes GOOD = Sha256.of("good");
  private static final Bytes BAD = Sha256.of("bad");
  private static final Bytes DIGEST = Sha256.of("the bundle");
  private static final Appraiser.Subject SWITCH =
      new Appraiser.Subject(Samples.node("sw-3"), Role.SWITCH, Samples.NOW);

  private static Policy policy(boolean events) {
    RoleRules rules =
        new RoleRules(
            Verdict.AFFIRMING,
            List.of(PcrSelection.of(PcrBank.SHA256, 4, 7)),
            Duration.ofMinutes(5),
            events);
    return new Policy(Samples.POLICY, Map.of(Role.SWITCH, rules), Policy.CLOCK_SKEW_DEFAULT);
  }

  private static ReferenceValues references() {
    return new ReferenceValues(
        Map.of(Role.SWITCH, Map.of(PCR4, Set.of(GOOD), PCR7, Set.of(GOOD), PCR9, Set.of(GOOD))),
        Map.of());
  }

  private static Verification.Verified verified(Claim... claims) {
    return new Verification.Verified(DIGEST, new Nonce(Sha256.of("nonce")), List.of(claims));
  }

  private static Claim register(Pcr pcr, Bytes digest) {
    return new Claim.RegisterDigest(new PcrValue(pcr, digest));
  }

  private static List<Reason> reasons(Appraisal appraisal) {
    return appraisal.findings().stream().map(Finding::reason).toList();
  }

  @Test
  void registersThatHoldReferenceValuesAffirm() {
    Verification.Verified verified = verified(register(PCR4, GOOD), register(PCR7, GOOD));
    Appraisal appraisal = Appraiser.judge(SWITCH, verified, policy(false), references());
    assertEquals(Verdict.AFFIRMING, appraisal.verdict());
    assertEquals(Samples.NOW.plus(Duration.ofMinutes(5)), appraisal.expiresAt());
    assertEquals(DIGEST, appraisal.evidenceDigest());
    assertEquals(Optional.of(verified.answered()), appraisal.answered());
    assertEquals(verified.claims(), appraisal.claims());
    assertEquals(2, TrustVector.of(appraisal).executables());
  }

  @Test
  void anotherValueIsExplainedDownToTheEventAndTheRemedy() {
    Claim event =
        new Claim.MeasuredEvent(
            37,
            7,
            EventType.EV_EFI_VARIABLE_AUTHORITY.number(),
            Map.of(PcrBank.SHA256, BAD),
            Optional.empty());
    Appraisal appraisal =
        Appraiser.appraise(
            SWITCH,
            verified(register(PCR4, GOOD), register(PCR7, BAD), event),
            policy(true),
            references());
    assertEquals(Verdict.CONTRAINDICATED, appraisal.verdict());
    Finding finding = appraisal.findings().getFirst();
    assertEquals(Reason.TPM_PCR_MISMATCH, finding.reason());
    assertEquals("pcr/sha256/7", finding.claim());
    assertEquals(List.of(GOOD.hex()), finding.expected());
    assertEquals(BAD.hex(), finding.found());
    assertTrue(finding.message().contains("event/37"), finding.message());
    assertTrue(finding.message().contains("EV_EFI_VARIABLE_AUTHORITY"), finding.message());
    assertTrue(finding.remedy().contains("Allow " + BAD.hex()), finding.remedy());
    assertEquals(96, TrustVector.of(appraisal).executables());
  }

  @Test
  void everyRegisterThatDiffersIsListed() {
    Appraisal appraisal =
        Appraiser.appraise(
            SWITCH,
            verified(register(PCR4, BAD), register(PCR7, BAD), register(PCR9, BAD)),
            policy(false),
            references());
    assertEquals(
        List.of(Reason.TPM_PCR_MISMATCH, Reason.TPM_PCR_MISMATCH, Reason.TPM_PCR_MISMATCH),
        reasons(appraisal));
  }

  @Test
  void aRegisterNotQuotedOrNotKnownIsNotTrusted() {
    assertEquals(
        List.of(Reason.TPM_PCR_SELECTION),
        reasons(
            Appraiser.appraise(
                SWITCH, verified(register(PCR4, GOOD)), policy(false), references())));
    assertEquals(
        List.of(Reason.REFERENCE_MISSING, Reason.REFERENCE_MISSING),
        reasons(
            Appraiser.appraise(
                SWITCH,
                verified(register(PCR4, GOOD), register(PCR7, GOOD)),
                policy(false),
                ReferenceValues.NONE)));
  }

  @Test
  void aNodesOwnReferenceReplacesItsRoles() {
    ReferenceValues own =
        new ReferenceValues(
            references().byRole(), Map.of(SWITCH.node(), Map.of(PCR7, Set.of(BAD))));
    Verification.Verified verified = verified(register(PCR4, GOOD), register(PCR7, BAD));
    assertEquals(List.of(), reasons(Appraiser.appraise(SWITCH, verified, policy(false), own)));
    Verification.Verified other = verified(register(PCR4, GOOD), register(PCR7, GOOD));
    assertEquals(
        List.of(Reason.TPM_PCR_MISMATCH),
        reasons(Appraiser.appraise(SWITCH, other, policy(false), own)));
  }

  @Test
  void aRoleWithoutRulesTrustsNothing() {
    Appraiser.Subject enclave =
        new Appraiser.Subject(Samples.node("en-9"), Role.ENCLAVE, Samples.NOW);
    Appraisal appraisal =
        Appraiser.appraise(
            enclave,
            verified(register(PCR4, GOOD), register(PCR7, GOOD)),
            policy(false),
            references());
    assertEquals(List.of(Reason.POLICY_MISSING), reasons(appraisal));
    assertEquals(Verdict.CONTRAINDICATED, appraisal.verdict());
    assertEquals(Samples.NOW, appraisal.expiresAt());
  }

  @Test
  void requiredEventsMustBeProven() {
    assertEquals(
        List.of(Reason.EVIDENCE_MISSING),
        reasons(
            Appraiser.appraise(
                SWITCH,
                verified(register(PCR4, GOOD), register(PCR7, GOOD)),
                policy(true),
                references())));
  }

  @Test
  void whatWasRejectedIsContraindicatedAndProvesNothing() {
    List<Finding> findings = new ArrayList<>();
    findings.add(Finding.warning(Reason.EVIDENCE_STALE, "old"));
    findings.add(Finding.against(Reason.TPM_SIGNATURE, "forged"));
    Appraisal appraisal =
        Appraiser.judge(
            SWITCH, new Verification.Rejected(DIGEST, findings), policy(false), references());
    assertEquals(Verdict.CONTRAINDICATED, appraisal.verdict());
    assertEquals(Reason.TPM_SIGNATURE, appraisal.findings().getFirst().reason());
    assertEquals(Optional.empty(), appraisal.answered());
    assertEquals(List.of(), appraisal.claims());
    assertEquals(99, TrustVector.of(appraisal).instanceIdentity());
  }

  @Test
  void rulesThatTrustAnythingDoNotExist() {
    List<PcrSelection> good = List.of(PcrSelection.of(PcrBank.SHA256, 0));
    Duration age = Duration.ofMinutes(1);
    assertThrows(
        IllegalArgumentException.class,
        () -> new RoleRules(Verdict.CONTRAINDICATED, good, age, false));
    assertThrows(
        IllegalArgumentException.class,
        () -> new RoleRules(Verdict.AFFIRMING, List.of(), age, false));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new RoleRules(
                Verdict.AFFIRMING, List.of(PcrSelection.of(PcrBank.SHA1, 0)), age, false));
    assertThrows(
        IllegalArgumentException.class,
        () -> new RoleRules(Verdict.AFFIRMING, good, Duration.ofDays(2), false));
  }
}
