package dev.holdfast.attestation.reference;

import static dev.holdfast.attestation.reference.PaperCorim.array;
import static dev.holdfast.attestation.reference.PaperCorim.map;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.Authority;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Signers that are known by certificates in the header (x5chain). */
final class CorimSignersTest {
  private static final String PURPOSE = "1.3.6.1.4.1.99999.1";
  private static final Authority ROOT = Authority.root("maker");
  private static final Authority CA = ROOT.authority("maker's manifests");
  private static final Bytes LEAF = CA.certify("signer", PaperCorim.KEY.getPublic(), PURPOSE);
  private static final Anchors ANCHORS = Anchors.parse(List.of(ROOT.der()), List.of());
  private static final CorimSigners SIGNERS = CorimSigners.ofAnchors(ANCHORS);

  private static Bytes signed(Object chain) {
    CBORObject header = PaperCorim.header();
    header.Add(33, chain instanceof Bytes one ? one.toByteArray() : chain);
    return PaperCorim.signed(header, PaperCorim.unsigned(PaperCorim.whole()), PaperCorim.KEY);
  }

  private static Bytes good() {
    return signed(array(LEAF, CA.der()));
  }

  private static Finding refused(Bytes document, CorimSigners signers, Instant at) {
    return assertInstanceOf(
            CorimVerifier.Refused.class, CorimVerifier.signed(document, signers, at))
        .findings()
        .getFirst();
  }

  private static Reason reason(Bytes document, CorimSigners signers) {
    return refused(document, signers, PaperCorim.NOW).reason();
  }

  @Test
  void aSignerIsKnownByCertificatesThatLeadToAnAnchor() {
    CorimVerifier.Accepted accepted =
        assertInstanceOf(
            CorimVerifier.Accepted.class, CorimVerifier.signed(good(), SIGNERS, PaperCorim.NOW));
    CorimVerifier.Signer signer = accepted.signer().orElseThrow();
    assertEquals(Optional.of("CN=signer"), signer.subject());
    assertEquals(PaperCorim.KEY.getPublic(), signer.key());
    assertTrue(accepted.notAfter().orElseThrow().compareTo(Authority.END) <= 0);
    Bytes direct = ROOT.certify("signer", PaperCorim.KEY.getPublic(), PURPOSE);
    assertInstanceOf(
        CorimVerifier.Accepted.class,
        CorimVerifier.signed(signed(direct), SIGNERS, PaperCorim.NOW));
  }

  @Test
  void certificatesThatLeadNowhereAreRefused() {
    Authority stranger = Authority.root("stranger");
    Bytes other = stranger.certify("signer", PaperCorim.KEY.getPublic(), PURPOSE);
    assertEquals(Reason.CERT_CHAIN, reason(signed(other), SIGNERS));
    assertEquals("x5chain", refused(signed(other), SIGNERS, PaperCorim.NOW).claim());
    // Without what lies between, and in another order.
    assertEquals(Reason.CERT_CHAIN, reason(signed(LEAF), SIGNERS));
    assertEquals(Reason.CERT_CHAIN, reason(signed(array(CA.der(), LEAF)), SIGNERS));
    assertEquals(
        Reason.CERT_EXPIRED, refused(good(), SIGNERS, Authority.END.plusSeconds(1)).reason());
  }

  @Test
  void aRevokedSignerIsRefusedAndRevocationMayBeDemanded() {
    Bytes list = ROOT.revocations(Authority.END, CA);
    assertEquals(
        Reason.CERT_REVOKED,
        reason(good(), CorimSigners.ofAnchors(Anchors.parse(List.of(ROOT.der()), List.of(list)))));
    assertEquals(
        Reason.CRL_MISSING, reason(good(), CorimSigners.ofAnchors(ANCHORS.requiringRevocation())));
  }

  @Test
  void theCertificateIsThatOfTheKeyThatSigned() {
    Bytes another = CA.certify("signer", PaperCorim.OTHER_KEY.getPublic(), PURPOSE);
    assertEquals(Reason.SIGNATURE, reason(signed(array(another, CA.der())), SIGNERS));
  }

  @Test
  void aPurposeThatIsDemandedMustBeNamed() {
    assertInstanceOf(
        CorimVerifier.Accepted.class,
        CorimVerifier.signed(good(), SIGNERS.forPurpose(PURPOSE), PaperCorim.NOW));
    Finding finding = refused(good(), SIGNERS.forPurpose("1.3.6.1.5.5.7.3.3"), PaperCorim.NOW);
    assertEquals(Reason.CERT_CHAIN, finding.reason());
    assertEquals(PURPOSE, finding.found());
    assertThrows(IllegalArgumentException.class, () -> SIGNERS.forPurpose("code signing"));
  }

  @Test
  void certificatesCountOnlyWhereAnchorsArePinned() {
    assertEquals(
        Reason.SIGNATURE,
        reason(good(), CorimSigners.ofKeys(List.of(PaperCorim.OTHER_KEY.getPublic()))));
    assertInstanceOf(
        CorimVerifier.Accepted.class,
        CorimVerifier.signed(good(), List.of(PaperCorim.KEY.getPublic()), PaperCorim.NOW));
    Bytes without = PaperCorim.signed(PaperCorim.whole());
    Finding finding = refused(without, SIGNERS, PaperCorim.NOW);
    assertEquals(Reason.SIGNATURE, finding.reason());
    assertEquals("x5chain", finding.claim());
  }

  @Test
  void aChainThatIsNoneIsRefusedBeforeAnythingIsVerified() {
    for (Object chain : List.of(array(LEAF), array(), map(1, LEAF), array(LEAF, "text"), "text")) {
      assertEquals(Reason.REFERENCE_SCHEMA, reason(signed(chain), SIGNERS), chain.toString());
    }
    assertEquals(Reason.DER_MALFORMED, reason(signed(Bytes.fromHex("3000")), SIGNERS));
  }
}
