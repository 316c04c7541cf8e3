package dev.holdfast.attestation.reference;

import static dev.holdfast.attestation.reference.PaperCorim.array;
import static dev.holdfast.attestation.reference.PaperCorim.bytes;
import static dev.holdfast.attestation.reference.PaperCorim.map;
import static dev.holdfast.attestation.reference.PaperCorim.measured;
import static dev.holdfast.attestation.reference.PaperCorim.opaque;
import static dev.holdfast.attestation.reference.PaperCorim.tagged;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Samples;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.cca.CcaExpectation;
import dev.holdfast.attestation.cca.CcaTokenVerifier;
import dev.holdfast.attestation.cca.PaperCca;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.policy.Appraiser;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.policy.TeeRules;
import dev.holdfast.attestation.psa.PaperPsa;
import dev.holdfast.attestation.psa.PsaExpectation;
import dev.holdfast.attestation.psa.PsaTokenVerifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tokens of Arm's devices, judged by manifests of Arm's profiles. */
final class ArmReferencesTest {
  private static final String SOFTWARE = "psa.software-component";
  private static final NodeName NODE = Samples.node("meter-1");
  private static final PaperPsa DEVICE = new PaperPsa();
  private static final PaperCca REALM = new PaperCca();

  private static ReferenceSet set(CBORObject manifest) {
    return ReferenceSet.of(
        List.of(
            assertInstanceOf(
                CorimVerifier.Accepted.class,
                CorimVerifier.unsigned(PaperCorim.unsigned(manifest), PaperCorim.NOW))));
  }

  private static Appraisal appraise(
      EvidenceFormat format, Outcome outcome, List<String> wanted, ReferenceValues references) {
    List<Claim> claims = new ArrayList<>(assertInstanceOf(Outcome.Proven.class, outcome).claims());
    claims.add(new Claim.Word(Verification.FORMAT, format.word()));
    RoleRules rules =
        new RoleRules(
            Verdict.AFFIRMING,
            Set.of(format),
            List.of(),
            wanted,
            RoleRules.DEFAULT.evidenceAgeMax(),
            false,
            EventLogRules.STRICT,
            TeeRules.STRICT);
    return Appraiser.appraise(
        new Appraiser.Subject(NODE, Role.ENCLAVE, PaperCorim.NOW),
        new Verification.Verified(
            Sha256.of("bundle"), new Nonce(Sha256.of("nonce")), claims, Optional.empty()),
        new Policy(Samples.POLICY, Map.of(Role.ENCLAVE, rules), Policy.CLOCK_SKEW_DEFAULT),
        references);
  }

  private static Appraisal psa(CBORObject claims, CBORObject manifest, String... wanted) {
    return appraise(
        EvidenceFormat.ARM_PSA,
        PsaTokenVerifier.verify(DEVICE.token(claims), DEVICE.key(), PsaExpectation.STRICT),
        List.of(wanted),
        ReferenceValues.NONE.with(Role.ENCLAVE, set(manifest)));
  }

  private static CBORObject claims() {
    return PaperPsa.claims("tag:psacertified.org,2023:psa#tfm");
  }

  private static Appraisal described(CBORObject... measurements) {
    return psa(
        claims(),
        PaperArm.manifest(
            PaperArm.PSA,
            map(
                0,
                array(
                    array(
                        PaperArm.part(PaperArm.PSA_IMPLEMENTATION),
                        array((Object[]) measurements))))));
  }

  private static Finding only(Appraisal appraisal) {
    assertEquals(1, appraisal.findings().size(), () -> appraisal.findings().toString());
    return appraisal.findings().getFirst();
  }

  @Test
  void aDeviceWhoseSoftwareIsAsItsManifestSaysIsAffirmed() {
    CBORObject manifest = PaperArm.manifest(PaperArm.PSA, PaperArm.psa(bytes(32, 3)));
    assertEquals(List.of(), psa(claims(), manifest).findings());
    // What is asked for by the name that manifests have is found by it.
    assertEquals(List.of(), psa(claims(), manifest, "psa/software/BL1").findings());
    assertEquals(
        Reason.EVIDENCE_MISSING, only(psa(claims(), manifest, "psa/software/BL9")).reason());
    CBORObject one = PaperPsa.claimsOne();
    assertEquals(List.of(), psa(one, manifest).findings());
  }

  @Test
  void aComponentThatDiffersIsNamedWithWhatOfItDiffers() {
    Finding digest =
        only(
            described(
                PaperArm.software(SOFTWARE, 0, bytes(32, 0)),
                PaperArm.software(SOFTWARE, 1, bytes(32, 9))));
    assertEquals(Reason.MEASUREMENT, digest.reason());
    assertEquals("psa/software/1", digest.claim());
    assertTrue(digest.message().contains("\"BL1\""), digest.message());
    assertTrue(
        digest.message().contains("another measurement than in manifest arm"), digest.message());
    assertEquals(bytes(32, 1).hex(), digest.found());
    assertTrue(digest.expected().getFirst().contains(bytes(32, 9).hex()), digest.toString());
    Finding signer =
        only(
            described(
                PaperArm.software(SOFTWARE, 0, bytes(32, 0)),
                measured(
                    SOFTWARE,
                    2,
                    array(array("sha-256", bytes(32, 1))),
                    11,
                    "BL1",
                    13,
                    array(opaque(bytes(48, 7))))));
    assertTrue(signer.message().contains("another signer"), signer.message());
    Finding version =
        only(
            described(
                PaperArm.software(SOFTWARE, 0, bytes(32, 0)),
                measured(
                    SOFTWARE,
                    0,
                    map(0, "2.0"),
                    2,
                    array(array("sha-256", bytes(32, 1))),
                    11,
                    "BL1")));
    assertTrue(version.message().contains("another version"), version.message());
  }

  @Test
  void aManifestDescribesTheWholeSoftware() {
    Finding unknown = only(described(PaperArm.software(SOFTWARE, 0, bytes(32, 0))));
    assertTrue(unknown.message().contains("\"BL1\"") && unknown.message().contains("is not in"));
    Finding missing =
        only(
            described(
                PaperArm.software(SOFTWARE, 0, bytes(32, 0)),
                PaperArm.software(SOFTWARE, 1, bytes(32, 1)),
                PaperArm.software(SOFTWARE, 2, bytes(32, 2))));
    assertEquals(Reason.EVIDENCE_MISSING, missing.reason());
    assertEquals("psa/software/BL2", missing.claim());
  }

  @Test
  void partsOfTwoDescriptionsAreNoDescription() {
    CBORObject part = PaperArm.part(PaperArm.PSA_IMPLEMENTATION);
    CBORObject mixed =
        PaperArm.manifest(
            PaperArm.PSA,
            map(
                0,
                array(
                    array(
                        part,
                        array(
                            PaperArm.software(SOFTWARE, 0, bytes(32, 0)),
                            PaperArm.software(SOFTWARE, 1, bytes(32, 9)))),
                    array(
                        part,
                        array(
                            PaperArm.software(SOFTWARE, 0, bytes(32, 8)),
                            PaperArm.software(SOFTWARE, 1, bytes(32, 1)))))));
    assertEquals(Verdict.CONTRAINDICATED, psa(claims(), mixed).verdict());
  }

  @Test
  void aManifestIsAboutItsImplementationAndInstanceAlone() {
    Finding other =
        only(psa(claims(), PaperArm.manifest(PaperArm.PSA, PaperArm.psa(bytes(32, 4)))));
    assertEquals(Reason.MEASUREMENT, other.reason());
    assertEquals("psa/implementation-id", other.claim());
    assertTrue(other.expected().getFirst().contains(bytes(32, 4).hex()), other.toString());
    for (Bytes instance :
        List.of(PaperPsa.instance(), Bytes.concat(Bytes.fromHex("01"), bytes(32, 6)))) {
      CBORObject manifest =
          PaperArm.manifest(
              PaperArm.PSA,
              map(
                  0,
                  array(
                      array(
                          PaperArm.instance(PaperArm.PSA_IMPLEMENTATION, instance),
                          PaperArm.software(SOFTWARE)))));
      assertEquals(
          instance.equals(PaperPsa.instance()) ? Verdict.AFFIRMING : Verdict.CONTRAINDICATED,
          psa(claims(), manifest).verdict());
    }
  }

  @Test
  void whatThePolicyItselfAllowsNeedsNoManifest() {
    ReferenceValues values =
        new ReferenceValues(
                Map.of(
                    Role.ENCLAVE,
                    Map.of("psa/implementation-id", Set.of(PaperArm.PSA_IMPLEMENTATION))),
                Map.of(),
                Map.of())
            .with(Role.ENCLAVE, set(PaperArm.manifest(PaperArm.PSA, PaperArm.psa(bytes(32, 4)))));
    Outcome outcome =
        PsaTokenVerifier.verify(DEVICE.token(claims()), DEVICE.key(), PsaExpectation.STRICT);
    assertEquals(
        List.of(), appraise(EvidenceFormat.ARM_PSA, outcome, List.of(), values).findings());
  }

  @Test
  void theKeyOfAnInstanceIsOfItsImplementation() {
    ReferenceSet good =
        set(
            PaperArm.manifest(
                PaperArm.PSA, PaperArm.key(bytes(32, 3), PaperPsa.instance(), DEVICE.key())));
    assertEquals(Map.of(PaperPsa.instance(), Set.of(DEVICE.key())), good.instanceKeys());
    CBORObject manifest =
        PaperArm.manifest(
            PaperArm.PSA,
            PaperArm.psa(bytes(32, 3)),
            PaperArm.key(bytes(32, 4), PaperPsa.instance(), DEVICE.key()));
    assertEquals(Reason.DEVICE_IDENTITY, only(psa(claims(), manifest)).reason());
  }

  private static Appraisal cca(CBORObject... manifests) {
    Bytes key = REALM.coseKey();
    Outcome outcome =
        CcaTokenVerifier.verify(
            REALM.token(PaperCca.platformClaims(key), REALM.realmClaims(key)),
            REALM.key(),
            CcaExpectation.STRICT);
    ReferenceValues references = ReferenceValues.NONE;
    for (CBORObject manifest : manifests) {
      references = references.with(Role.ENCLAVE, set(manifest));
    }
    return appraise(EvidenceFormat.ARM_CCA, outcome, List.of(), references);
  }

  private static CBORObject realm(Bytes rim, Object... measurements) {
    return PaperArm.manifest(
        PaperArm.CCA_REALM, map(0, array(array(PaperArm.part(rim), array(measurements)))));
  }

  private static CBORObject digest(String key, int value) {
    return measured(key, 2, array(array("sha-256", bytes(32, value))));
  }

  private static CBORObject platform(CBORObject software, Bytes config, Bytes mask) {
    software.Add(measured("cca.platform-config", 4, tagged(563, array(config, mask))));
    return PaperArm.manifest(
        PaperArm.CCA_PLATFORM, map(0, array(array(PaperArm.part(bytes(32, 1)), software))));
  }

  private static CBORObject goodPlatform() {
    return platform(
        PaperArm.software("cca.software-component"),
        Bytes.fromHex("0102ff"),
        Bytes.fromHex("ffff00"));
  }

  private static CBORObject goodRealm() {
    return realm(
        bytes(32, 3),
        digest("cca.rim", 3),
        digest("cca.rem0", 0),
        digest("cca.rem3", 3),
        measured("cca.rpv", 4, opaque(bytes(64, 2))));
  }

  @Test
  void aRealmAndItsPlatformAreAsTheirManifestsSay() {
    assertEquals(List.of(), cca(goodPlatform(), goodRealm()).findings());
    assertEquals(List.of(), cca(goodRealm()).findings());
    assertEquals(Reason.REFERENCE_MISSING, only(cca(goodPlatform())).reason());
  }

  @Test
  void whatDiffersOfARealmIsNamed() {
    Finding rem =
        only(cca(goodPlatform(), realm(bytes(32, 3), digest("cca.rim", 3), digest("cca.rem2", 9))));
    assertEquals("cca/realm/extensible-measurement/2", rem.claim());
    assertEquals(Reason.MEASUREMENT, rem.reason());
    Finding rpv =
        only(
            cca(
                goodPlatform(),
                realm(
                    bytes(32, 3),
                    digest("cca.rim", 3),
                    measured("cca.rpv", 4, opaque(bytes(64, 9))))));
    assertEquals("cca/realm/personalization-value", rpv.claim());
    Finding rim = only(cca(goodPlatform(), realm(bytes(32, 9), digest("cca.rim", 9))));
    assertEquals("cca/realm/initial-measurement", rim.claim());
  }

  @Test
  void whatDiffersOfAPlatformIsNamed() {
    Finding config =
        only(
            cca(
                goodRealm(),
                platform(
                    PaperArm.software("cca.software-component"),
                    Bytes.fromHex("0103ff"),
                    Bytes.fromHex("ffff00"))));
    assertEquals("cca/platform/config", config.claim());
    Finding component =
        only(
            cca(
                goodRealm(),
                platform(
                    array(
                        PaperArm.software("cca.software-component", 0, bytes(32, 9)),
                        PaperArm.software("cca.software-component", 1, bytes(32, 1))),
                    Bytes.fromHex("010203"),
                    Bytes.fromHex("ffffff"))));
    assertEquals("cca/platform/software/0", component.claim());
    assertTrue(component.message().contains("\"BL0\""), component.message());
  }
}
