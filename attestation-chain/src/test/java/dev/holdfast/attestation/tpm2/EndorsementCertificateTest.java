package dev.holdfast.attestation.tpm2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.Authority;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.security.PublicKey;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndorsementCertificateTest {
  private static final String EK_USAGE = "2.23.133.8.1";
  private static final Authority VENDOR = Authority.root("a vendor");
  private static final PublicKey KEY = PaperTpm.ecPair(Curve.P384).getPublic();
  private static final Bytes GOOD = VENDOR.certify("ek", KEY, EK_USAGE);
  private static final Anchors ANCHORS = Anchors.parse(List.of(VENDOR.der()), List.of());

  private static TpmPublic ek(PublicKey key) {
    return TpmPublic.parse(PaperTpm.encode(key, 0x000300b2L, 0x10, PcrBank.SHA256));
  }

  private static void unproven(
      String words, List<Bytes> certificates, TpmPublic ek, Anchors anchors, Instant at) {
    EndorsementCertificate.Judgement judgement =
        EndorsementCertificate.judge(certificates, ek, anchors, at);
    EndorsementCertificate.Unproven unproven =
        assertInstanceOf(EndorsementCertificate.Unproven.class, judgement);
    assertEquals(Reason.EK_CHAIN, unproven.finding().reason());
    assertTrue(unproven.finding().message().contains(words), unproven.finding().message());
  }

  @Test
  void aVendorsCertificateForTheKeyIsProof() {
    EndorsementCertificate.Judgement judgement =
        EndorsementCertificate.judge(List.of(GOOD), ek(KEY), ANCHORS, Authority.NOW);
    assertEquals(
        Authority.END,
        assertInstanceOf(EndorsementCertificate.Endorsed.class, judgement).notAfter());
  }

  @Test
  void aCertificateForAnotherKeyIsNone() {
    TpmPublic other = ek(PaperTpm.ecPair(Curve.P384).getPublic());
    unproven("another key", List.of(GOOD), other, ANCHORS, Authority.NOW);
    TpmPublic smaller = ek(PaperTpm.ecPair(Curve.P256).getPublic());
    unproven("another key", List.of(GOOD), smaller, ANCHORS, Authority.NOW);
  }

  @Test
  void aCertificateForAnotherUseOrOfACaIsNone() {
    Bytes server = VENDOR.certify("ek", KEY, "1.3.6.1.5.5.7.3.1");
    unproven(EK_USAGE, List.of(server), ek(KEY), ANCHORS, Authority.NOW);
    Authority ca = VENDOR.authority("a CA");
    TpmPublic key = ek(ca.certificate().getPublicKey());
    unproven("CA's", List.of(ca.der()), key, ANCHORS, Authority.NOW);
  }

  @Test
  void withoutAPinnedVendorOrInTimeThereIsNoProof() {
    Anchors others = Anchors.parse(List.of(Authority.root("another").der()), List.of());
    unproven("issuer", List.of(GOOD), ek(KEY), others, Authority.NOW);
    Instant late = Authority.END.plusSeconds(1);
    unproven("valid from", List.of(GOOD), ek(KEY), ANCHORS, late);
    unproven("1 to 8", List.of(), ek(KEY), ANCHORS, Authority.NOW);
  }
}
