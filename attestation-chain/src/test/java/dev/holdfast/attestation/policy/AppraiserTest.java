package dev.holdfast.attestation.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.EvidenceFormat;
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
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.eventlog.EventType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
        RoleRules.quotes(
            Verdict.AFFIRMING,
            List.of(PcrSelection.of(PcrBank.SHA256, 4, 7)),
            Duration.ofMinutes(5),
            events);
    return new Policy(Samples.POLICY, Map.of(Role.SWITCH, rules), Policy.CLOCK_SKEW_DEFAULT);
  }

  private static ReferenceValues references() {
    return ReferenceValues.ofRegisters(
        Map.of(Role.SWITCH, Map.of(PCR4, Set.of(GOOD), PCR7, Set.of(GOOD), PCR9, Set.of(GOOD))),
        Map.of());
  }

  private static Verification.Verified verified(Claim... claims) {
    return verified(EvidenceFormat.TPM2_QUOTE, claims);
  }

  private static Verification.Verified verified(EvidenceFormat format, Claim... claims) {
    List<Claim> all = new ArrayList<>(List.of(claims));
    all.add(new Claim.Word(Verification.FORMAT, format.word()));
    return new Verification.Verified(DIGEST, new Nonce(Sha256.of("nonce")), all);
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
            references().byRole(),
            Map.of(SWITCH.node(), Map.of(PCR7.claim(), Set.of(BAD))),
            Map.of());
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
        () -> RoleRules.quotes(Verdict.CONTRAINDICATED, good, age, false));
    assertThrows(
        IllegalArgumentException.class,
        () -> RoleRules.quotes(Verdict.AFFIRMING, List.of(), age, false));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            RoleRules.quotes(
                Verdict.AFFIRMING, List.of(PcrSelection.of(PcrBank.SHA1, 0)), age, false));
    assertThrows(
        IllegalArgumentException.class,
        () -> RoleRules.quotes(Verdict.AFFIRMING, good, Duration.ofDays(2), false));
  }

  private static Policy teePolicy(TeeRules tee) {
    RoleRules rules =
        new RoleRules(
            Verdict.AFFIRMING,
            Set.of(EvidenceFormat.SEV_SNP_REPORT, EvidenceFormat.TDX_QUOTE),
            List.of(),
            List.of(),
            Duration.ofMinutes(5),
            false,
            EventLogRules.STRICT,
            tee);
    return new Policy(Samples.POLICY, Map.of(Role.SWITCH, rules), Policy.CLOCK_SKEW_DEFAULT);
  }

  private static final ReferenceValues LAUNCH =
      new ReferenceValues(
          Map.of(Role.SWITCH, Map.of("snp/measurement", Set.of(GOOD))), Map.of(), Map.of());

  private static Appraisal report(TeeRules tee, Claim... claims) {
    List<Claim> all = new ArrayList<>(List.of(claims));
    all.add(new Claim.Measurement("snp/measurement", GOOD));
    return Appraiser.appraise(
        SWITCH,
        verified(EvidenceFormat.SEV_SNP_REPORT, all.toArray(Claim[]::new)),
        teePolicy(tee),
        LAUNCH);
  }

  private static TeeRules waiving(TcbWaiver waiver) {
    return new TeeRules(false, List.of(waiver), false, false, 0, false, new TreeMap<>());
  }

  @Test
  void aFormatThatThePolicyDoesNotNameIsRefused() {
    assertEquals(
        List.of(Reason.FORMAT_UNSUPPORTED),
        reasons(
            Appraiser.appraise(
                SWITCH,
                verified(register(PCR4, GOOD), register(PCR7, GOOD)),
                teePolicy(TeeRules.STRICT),
                references())));
    assertEquals(
        List.of(Reason.FORMAT_UNSUPPORTED),
        reasons(
            Appraiser.appraise(
                SWITCH,
                new Verification.Verified(DIGEST, new Nonce(DIGEST), List.of()),
                teePolicy(TeeRules.STRICT),
                references())));
  }

  @Test
  void whatWasStartedMustHoldAReferenceValueWhateverTheFormat() {
    assertEquals(List.of(), reasons(report(TeeRules.STRICT)));
    Verification.Verified other =
        verified(EvidenceFormat.SEV_SNP_REPORT, new Claim.Measurement("snp/measurement", BAD));
    Appraisal refused = Appraiser.appraise(SWITCH, other, teePolicy(TeeRules.STRICT), LAUNCH);
    assertEquals(List.of(Reason.MEASUREMENT), reasons(refused));
    assertEquals(List.of(GOOD.hex()), refused.findings().getFirst().expected());
    assertEquals(
        List.of(Reason.REFERENCE_MISSING),
        reasons(
            Appraiser.appraise(SWITCH, other, teePolicy(TeeRules.STRICT), ReferenceValues.NONE)));
    assertEquals(
        List.of(
            Reason.EVIDENCE_MISSING,
            Reason.EVIDENCE_MISSING,
            Reason.EVIDENCE_MISSING,
            Reason.EVIDENCE_MISSING),
        reasons(
            Appraiser.appraise(
                SWITCH, verified(EvidenceFormat.TDX_QUOTE), teePolicy(TeeRules.STRICT), LAUNCH)));
  }

  @Test
  void everythingThatSpeaksAgainstAnEnvironmentIsListedAtOnce() {
    Appraisal appraisal =
        report(
            new TeeRules(
                false, List.of(), true, false, 0, true, new TreeMap<>(Map.of("snp/tcb/snp", 22L))),
            new Claim.Flag("tee/debug", true),
            new Claim.Word("tcb/status", "OutOfDate"),
            new Claim.Word("snp/signer", "VLEK"),
            new Claim.Version("snp/vmpl", 2),
            new Claim.Version("snp/tcb/snp", 21));
    assertEquals(
        Set.of(
            Reason.TEE_DEBUG,
            Reason.TCB_OUT_OF_DATE,
            Reason.SNP_KEY,
            Reason.SNP_VMPL,
            Reason.VERSION_TOO_LOW,
            Reason.PHYSICAL_TRUST),
        Set.copyOf(reasons(appraisal)));
    assertTrue(appraisal.findings().stream().noneMatch(f -> f.remedy().isEmpty()));
  }

  @Test
  void firmwareThatTheHostCanGoBackFromIsRefusedUnlessThePolicyAllowsIt() {
    Claim provisional = new Claim.Flag("snp/firmware/provisional", true);
    assertEquals(List.of(Reason.TCB_OUT_OF_DATE), reasons(report(TeeRules.STRICT, provisional)));
    assertEquals(
        List.of(),
        reasons(
            report(
                new TeeRules(false, List.of(), false, true, 0, false, new TreeMap<>()),
                provisional)));
    assertEquals(
        List.of(),
        reasons(report(TeeRules.STRICT, new Claim.Flag("snp/firmware/provisional", false))));
  }

  @Test
  void aWaiverCoversItsStatusAndAdvisoriesUntilItEndsAndNeverARevocation() {
    Claim[] behind = {
      new Claim.Word("tcb/status", "SWHardeningNeeded"),
      new Claim.Word("tcb/advisory/0", "INTEL-SA-00614")
    };
    Instant end = Samples.NOW.plusSeconds(60);
    TcbWaiver waiver =
        new TcbWaiver("SWHardeningNeeded", Set.of("INTEL-SA-00614"), end, "mitigated in the image");
    Appraisal waived = report(waiving(waiver), behind);
    assertEquals(Verdict.AFFIRMING, waived.verdict());
    assertTrue(waived.findings().getFirst().message().contains("mitigated in the image"));
    assertEquals(end, waived.expiresAt());
    assertEquals(
        Verdict.CONTRAINDICATED,
        report(waiving(new TcbWaiver("SWHardeningNeeded", Set.of(), Samples.NOW, "ended")), behind)
            .verdict());
    assertEquals(
        Verdict.CONTRAINDICATED,
        report(
                waiving(new TcbWaiver("SWHardeningNeeded", Set.of("INTEL-SA-1"), end, "another")),
                behind)
            .verdict());
    assertEquals(
        List.of(Reason.TCB_REVOKED),
        reasons(report(waiving(waiver), new Claim.Word("tcb/status", "Revoked"))));
    assertThrows(
        IllegalArgumentException.class, () -> new TcbWaiver("Revoked", Set.of(), end, "never"));
  }

  @Test
  void anAppraisalEndsNoLaterThanWhatItRestsOn() {
    Verification.Verified ending =
        new Verification.Verified(
            DIGEST,
            new Nonce(DIGEST),
            List.of(
                register(PCR4, GOOD),
                register(PCR7, GOOD),
                new Claim.Word(Verification.FORMAT, "tpm2-quote")),
            Optional.of(Samples.NOW.plusSeconds(7)));
    assertEquals(
        Samples.NOW.plusSeconds(7),
        Appraiser.appraise(SWITCH, ending, policy(false), references()).expiresAt());
  }

  @Test
  void aDeviceThatIsEnrolledMustSpeakAndHoldItsReferenceValues() {
    ReferenceValues enrolled =
        new ReferenceValues(
            LAUNCH.byRole(),
            Map.of(
                SWITCH.node(),
                Map.of("snp/measurement", Set.of(GOOD), "gpu-0/spdm/measurement/1", Set.of(GOOD))),
            Map.of(SWITCH.node(), Map.of("gpu-0", DIGEST)));
    Claim own = new Claim.Measurement("snp/measurement", GOOD);
    Policy strict = teePolicy(TeeRules.STRICT);
    assertEquals(
        List.of(Reason.EVIDENCE_MISSING),
        reasons(
            Appraiser.appraise(
                SWITCH, verified(EvidenceFormat.SEV_SNP_REPORT, own), strict, enrolled)));
    Claim device = new Claim.OfDevice("gpu-0", new Claim.Measurement("spdm/measurement/1", BAD));
    assertEquals(
        List.of(Reason.MEASUREMENT),
        reasons(
            Appraiser.appraise(
                SWITCH, verified(EvidenceFormat.SEV_SNP_REPORT, own, device), strict, enrolled)));
  }

  @Test
  void aSitesOwnEngineCanOnlyMakeAVerdictWorse() {
    Verification.Verified good = verified(register(PCR4, GOOD), register(PCR7, GOOD));
    PolicyEngine throwing =
        (_, _) -> {
          throw new IllegalStateException("no connection");
        };
    assertEquals(
        Verdict.CONTRAINDICATED,
        Appraiser.appraise(SWITCH, good, policy(false), references(), throwing).verdict());
    PolicyEngine wary = (_, _) -> List.of(Finding.warning(Reason.VERDICT_LIMIT, "not on Mondays"));
    assertEquals(
        Verdict.WARNING,
        Appraiser.appraise(SWITCH, good, policy(false), references(), wary).verdict());
  }
}
