package dev.holdfast.attestation.reference;

import static dev.holdfast.attestation.reference.PaperCorim.array;
import static dev.holdfast.attestation.reference.PaperCorim.bytes;
import static dev.holdfast.attestation.reference.PaperCorim.comid;
import static dev.holdfast.attestation.reference.PaperCorim.corim;
import static dev.holdfast.attestation.reference.PaperCorim.map;
import static dev.holdfast.attestation.reference.PaperCorim.measured;
import static dev.holdfast.attestation.reference.PaperCorim.part;
import static dev.holdfast.attestation.reference.PaperCorim.sha256;
import static dev.holdfast.attestation.reference.PaperCorim.tag;
import static dev.holdfast.attestation.reference.PaperCorim.tagged;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Samples;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.policy.Appraiser;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.policy.TeeRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What endorsed values and conditional endorsements add to the claims of an answer. */
final class EndorsementTest {
  private static final List<Claim> CLAIMS =
      List.of(
          new Claim.Measurement("snp/measurement", bytes(32, 1)),
          new Claim.Version("snp/tcb/microcode", 7));
  private static final CBORObject LAUNCHED =
      array(array(part(1), array(measured("snp/measurement", 2, array(sha256(1))))));
  private static final CBORObject CERTIFIED =
      array(measured("certification", 11, "EAL4", 1, 3, 0, map(0, "2026")));

  private static ReferenceSet set(CBORObject... triples) {
    CBORObject[] tags = new CBORObject[triples.length];
    for (int i = 0; i < tags.length; i++) {
      tags[i] = tag(comid("tag-" + i, triples[i]));
    }
    return ReferenceSet.of(
        List.of(
            assertInstanceOf(
                CorimVerifier.Accepted.class,
                CorimVerifier.unsigned(PaperCorim.unsigned(corim("id", tags)), PaperCorim.NOW))));
  }

  private static Corroboration with(CBORObject... triples) {
    return Corroboration.of(List.of(set(triples)), CLAIMS);
  }

  private static List<String> names(Corroboration corroboration) {
    return corroboration.endorsed().stream().map(Claim::name).toList();
  }

  private static CBORObject condition(int part, CBORObject... measurements) {
    return array(part(part), array((Object[]) measurements));
  }

  private static CBORObject conditional(CBORObject condition, CBORObject endorsement) {
    return map(10, array(array(array(condition), array(endorsement))));
  }

  private static CBORObject microcode(int version) {
    return measured("snp/tcb/microcode", 1, version);
  }

  private static CBORObject named(String key, String name) {
    return measured(key, 11, name);
  }

  @Test
  void whatIsEndorsedOfAPartThatIsThereBecomesClaims() {
    Corroboration found = with(map(0, LAUNCHED, 1, array(array(part(1), CERTIFIED))));
    assertEquals(
        List.of(
            new Claim.Word("certification/name", "EAL4"),
            new Claim.Version("certification/svn", 3),
            new Claim.Word("certification/version", "2026")),
        found.endorsed().stream().map(Claim.Endorsed::claim).toList());
    assertEquals("endorsed/certification/name", names(found).getFirst());
    assertTrue(found.endorsed().getFirst().source().contains("tag-0"));
  }

  @Test
  void nothingIsEndorsedOfAPartThatIsNotThere() {
    CBORObject elsewhere = map(0, LAUNCHED, 1, array(array(part(2), CERTIFIED)));
    Corroboration none = with(elsewhere);
    assertEquals(List.of(), none.endorsed());
    String why = none.withheld("endorsed/certification/name").orElseThrow();
    assertTrue(why.contains("no part is class " + bytes(32, 2).hex()), why);
    assertEquals(Optional.empty(), none.withheld("endorsed/other/name"));
    // A part is there once one of its reference values was met.
    CBORObject other =
        map(
            0,
            array(array(part(1), array(measured("snp/measurement", 2, array(sha256(2)))))),
            1,
            array(array(part(1), CERTIFIED)));
    assertEquals(List.of(), with(other).endorsed());
  }

  @Test
  void aConditionHoldsOfWhatEvidenceShows() {
    CBORObject then = array(part(1), CERTIFIED);
    assertEquals(
        3, with(map(0, LAUNCHED), conditional(condition(1, microcode(7)), then)).endorsed().size());
    Corroboration unmet = with(map(0, LAUNCHED), conditional(condition(1, microcode(8)), then));
    assertEquals(List.of(), unmet.endorsed());
    String why = unmet.withheld("endorsed/certification/svn").orElseThrow();
    assertTrue(why.contains("snp/tcb/microcode is not security version 8"), why);
    CBORObject least = measured("snp/tcb/microcode", 1, tagged(553, 5));
    assertEquals(
        3, with(map(0, LAUNCHED), conditional(condition(1, least), then)).endorsed().size());
  }

  @Test
  void whatContradictsAReferenceValueHoldsUpNoCondition() {
    CBORObject references =
        array(
            array(part(1), array(measured("snp/measurement", 2, array(sha256(1))), microcode(9))));
    Corroboration found =
        with(
            map(0, references), conditional(condition(1, microcode(7)), array(part(1), CERTIFIED)));
    assertEquals(List.of(), found.endorsed());
    assertEquals(Set.of("snp/measurement", "snp/tcb/microcode"), found.claims());
    assertTrue(found.permits("snp/measurement") && !found.permits("snp/tcb/microcode"));
  }

  @Test
  void theFirstChoiceOfASeriesThatHoldsIsTheOnlyOne() {
    CBORObject series =
        map(
            8,
            array(
                array(
                    array(part(1), array()),
                    array(
                        array(array(microcode(8)), array(named("level", "new"))),
                        array(array(microcode(7)), array(named("level", "current"))),
                        array(
                            array(measured("snp/tcb/microcode", 1, tagged(553, 1))),
                            array(named("level", "any")))))));
    Corroboration found = with(map(0, LAUNCHED), series);
    assertEquals(
        List.of(new Claim.Word("level/name", "current")),
        found.endorsed().stream().map(Claim.Endorsed::claim).toList());
  }

  /** Conditions that each rest on the one behind it, so that each takes a round. */
  private static CBORObject[] chain(int length) {
    CBORObject[] triples = new CBORObject[length + 1];
    triples[0] = map(0, LAUNCHED);
    for (int i = 0; i < length; i++) {
      int step = length - 1 - i;
      CBORObject condition = step == 0 ? microcode(7) : measured("step-" + (step - 1), 1, step - 1);
      triples[i + 1] =
          conditional(
              condition(1, condition), array(part(1), array(measured("step-" + step, 1, step))));
    }
    return triples;
  }

  @Test
  void whatIsEndorsedMayHoldUpAnotherConditionUntilNothingMoreFollows() {
    assertEquals(20, with(chain(20)).endorsed().size());
    Corroboration endless = with(chain(Endorser.ROUNDS_MAX + 5));
    assertEquals(List.of(), endless.endorsed());
    assertTrue(endless.withheld("endorsed/step-0/svn").orElseThrow().contains("without end"));
  }

  @Test
  void endorsementsThatContradictEachOtherAreNotHeard() {
    Corroboration found =
        with(
            map(0, LAUNCHED, 1, array(array(part(1), CERTIFIED))),
            map(1, array(array(part(1), array(named("certification", "EAL7"))))));
    assertEquals(List.of(), found.endorsed());
    String why = found.withheld("endorsed/certification/svn").orElseThrow();
    assertTrue(why.contains("contradict each other on certification/name"), why);
  }

  @Test
  void aSeriesDoesNotHangOnWhatItEndorsesItself() {
    CBORObject series =
        map(
            8,
            array(
                array(
                    array(part(1), array()),
                    array(
                        array(array(measured("a", 1, 1)), array(named("level", "high"))),
                        array(array(microcode(7)), array(measured("a", 1, 1)))))));
    Corroboration found = with(map(0, LAUNCHED), series);
    assertEquals(List.of(), found.endorsed());
    assertTrue(found.withheld("endorsed/a/svn").orElseThrow().contains("itself"));
  }

  @Test
  void aConditionThatNothingComparesIsNotedAndNeverHolds() {
    CBORObject key = array(tagged(554, "a key"));
    CBORObject demanding = map(0, "snp/tcb/microcode", 1, map(1, 7), 2, key);
    ReferenceSet set =
        set(
            map(0, LAUNCHED),
            conditional(condition(1, demanding), array(part(1), CERTIFIED)),
            map(
                8,
                array(
                    array(
                        array(part(1), array(), key),
                        array(array(array(microcode(7)), CERTIFIED))))));
    assertEquals(2, set.unused().size(), () -> set.unused().toString());
    assertEquals(List.of(), Corroboration.of(List.of(set), CLAIMS).endorsed());
  }

  @Test
  void aLeastVersionIsNoVersionThatAConditionCouldRestOn() {
    Corroboration found =
        with(
            map(0, LAUNCHED, 1, array(array(part(1), array(measured("fw", 1, tagged(553, 4)))))),
            conditional(condition(1, measured("fw", 1, 4)), array(part(1), CERTIFIED)));
    assertEquals(List.of("endorsed/fw/svn"), names(found));
  }

  private static Appraisal appraise(TeeRules tee, List<String> wanted, CBORObject... triples) {
    List<Claim> claims = new ArrayList<>(CLAIMS);
    claims.add(new Claim.Word(Verification.FORMAT, EvidenceFormat.SEV_SNP_REPORT.word()));
    RoleRules rules =
        new RoleRules(
            Verdict.AFFIRMING,
            Set.of(EvidenceFormat.SEV_SNP_REPORT),
            List.of(),
            wanted,
            RoleRules.DEFAULT.evidenceAgeMax(),
            false,
            EventLogRules.STRICT,
            tee);
    return Appraiser.appraise(
        new Appraiser.Subject(Samples.node("guest-1"), Role.ENCLAVE, PaperCorim.NOW),
        new Verification.Verified(Sha256.of("bundle"), new Nonce(Sha256.of("nonce")), claims),
        new Policy(Samples.POLICY, Map.of(Role.ENCLAVE, rules), Policy.CLOCK_SKEW_DEFAULT),
        ReferenceValues.NONE.with(Role.ENCLAVE, set(triples)));
  }

  private static TeeRules demanding(String level) {
    return new TeeRules(
            false,
            List.of(),
            false,
            false,
            0,
            false,
            new TreeMap<>(Map.of("endorsed/certification/svn", 3L)))
        .withWords(Map.of("endorsed/certification/name", Set.of(level)));
  }

  @Test
  void aPolicyMayDemandWhatIsEndorsed() {
    CBORObject good = map(0, LAUNCHED, 1, array(array(part(1), CERTIFIED)));
    Appraisal affirmed = appraise(demanding("EAL4"), List.of(), good);
    assertEquals(List.of(), affirmed.findings());
    assertTrue(affirmed.claims().stream().anyMatch(Claim.Endorsed.class::isInstance));
    Finding other = appraise(demanding("EAL6"), List.of(), good).findings().getFirst();
    assertEquals(Reason.CLAIM_REFUSED, other.reason());
    assertEquals(List.of("EAL6"), other.expected());
    assertEquals("EAL4", other.found());
    Appraisal without =
        appraise(
            demanding("EAL4"),
            List.of(),
            map(0, LAUNCHED),
            conditional(condition(1, microcode(8)), array(part(1), CERTIFIED)));
    assertEquals(
        List.of(Reason.VERSION_TOO_LOW, Reason.EVIDENCE_MISSING),
        without.findings().stream().map(Finding::reason).toList());
    assertTrue(
        without.findings().getFirst().message().contains("security version 8"),
        () -> without.findings().toString());
  }

  @Test
  void whatIsEndorsedMakesGoodForNothingThatEvidenceOwes() {
    CBORObject claimed =
        map(
            0,
            LAUNCHED,
            1,
            array(
                array(
                    part(1),
                    array(
                        measured(
                            "snp/id-key", 2, array(sha256(5)), 4, tagged(560, bytes(32, 5)))))));
    Appraisal appraisal =
        appraise(TeeRules.STRICT, List.of("snp/measurement", "snp/id-key"), claimed);
    assertEquals(
        List.of(Reason.EVIDENCE_MISSING),
        appraisal.findings().stream().map(Finding::reason).toList());
    assertEquals(
        Reason.EVIDENCE_MISSING,
        appraise(TeeRules.STRICT, List.of("endorsed/snp/id-key/raw"), claimed)
            .findings()
            .getFirst()
            .reason());
    // What is endorsed of debugging or of the platform's state is not what the state is.
    assertThrows(
        IllegalArgumentException.class,
        () -> new Claim.Endorsed(new Claim.BoundData(bytes(32, 1)), "a manifest"));
  }
}
