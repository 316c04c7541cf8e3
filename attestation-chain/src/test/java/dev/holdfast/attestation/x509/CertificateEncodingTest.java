package dev.holdfast.attestation.x509;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.security.KeyPair;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x509.Extension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DER that is none, in certificates that are otherwise right and rightly signed: attack C13. */
class CertificateEncodingTest {
  private static final KeyPair ROOT = PaperCertificate.ec("P-256");
  private static final Anchors ANCHORS =
      Anchors.parse(
          List.of(new PaperCertificate("CN=root", ROOT, "CN=root").ofAuthority().signedBy(ROOT)),
          List.of());
  private static final Bytes GOOD = leaf().signedBy(ROOT);

  private static PaperCertificate leaf() {
    return new PaperCertificate("CN=leaf", ROOT, "CN=root");
  }

  private static void sound(Bytes certificate) {
    assertInstanceOf(
        CertificatePath.Sound.class,
        CertificatePath.find(List.of(certificate), ANCHORS, Authority.NOW));
  }

  private static void malformed(Bytes certificate) {
    CertificatePath.Unsound unsound =
        assertInstanceOf(
            CertificatePath.Unsound.class,
            CertificatePath.find(List.of(certificate), ANCHORS, Authority.NOW));
    assertEquals(Reason.DER_MALFORMED, unsound.finding().reason(), unsound.words());
  }

  /** The content of the outermost SEQUENCE, whose length takes two bytes. */
  private static Bytes content() {
    assertEquals(0x82, GOOD.at(1));
    return GOOD.slice(4, GOOD.length());
  }

  @Test
  void anIndefiniteLengthIsRefused() {
    sound(GOOD);
    malformed(Bytes.concat(Bytes.fromHex("3080"), content(), Bytes.fromHex("0000")));
  }

  @Test
  void aLengthThatIsNotMinimalIsRefused() {
    int length = content().length();
    Bytes three = Bytes.of((byte) 0x30, (byte) 0x83, (byte) 0, (byte) (length >> 8), (byte) length);
    malformed(Bytes.concat(three, content()));
  }

  @Test
  void bytesAfterTheEndAreRefused() {
    malformed(Bytes.concat(GOOD, Bytes.of((byte) 0)));
    malformed(Bytes.concat(GOOD, GOOD));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "300000", // bytes after the end
        "3080" + "0000", // indefinite length
        "308100", // a length that is not minimal
        "3003010101", // a boolean that is neither
        "30060101ff02020005" // a number that is not minimal, and too long
      })
  void anExtensionThatIsNoDerIsRefusedThoughItIsSigned(String hex) {
    byte[] value = Bytes.fromHex(hex).toByteArray();
    malformed(leaf().with(Extension.basicConstraints, value).signedBy(ROOT));
  }

  @ParameterizedTest
  @ValueSource(ints = {33, 64, 500})
  void deepNestingIsRefused(int depth) {
    ASN1Encodable nested = DERNull.INSTANCE;
    for (int i = 0; i < depth; i++) {
      nested = new DERSequence(nested);
    }
    malformed(leaf().with(Extension.subjectAlternativeName, false, nested).signedBy(ROOT));
  }

  @Test
  void anExtensionThatNobodyReadsMayHoldAnything() {
    ASN1ObjectIdentifier own = new ASN1ObjectIdentifier("1.2.3.4.5");
    sound(leaf().with(own, new byte[] {0x30, (byte) 0x80, 0, 0, 1}).signedBy(ROOT));
  }
}
