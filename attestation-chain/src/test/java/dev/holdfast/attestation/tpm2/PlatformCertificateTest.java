package dev.holdfast.attestation.tpm2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.AttributeCertificateHolder;
import org.bouncycastle.cert.AttributeCertificateIssuer;
import org.bouncycastle.cert.X509v2AttributeCertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;

class PlatformCertificateTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
  private static final Instant END = Instant.parse("2027-01-01T00:00:00Z");
  private static final KeyPair MAKER = PaperTpm.ecPair(Curve.P256);
  private static final X509Certificate ISSUER = certificate("CN=Maker", 1);
  private static final X509Certificate ENDORSEMENT = certificate("CN=EK CA", 77);
  private static final Bytes GOOD = make("SHA256withECDSA");

  private static X509Certificate certificate(String name, int serial) {
    try {
      X500Name subject = new X500Name(name);
      return new JcaX509CertificateConverter()
          .getCertificate(
              new JcaX509v3CertificateBuilder(
                      subject,
                      BigInteger.valueOf(serial),
                      Date.from(BEGIN),
                      Date.from(END),
                      subject,
                      MAKER.getPublic())
                  .build(new JcaContentSignerBuilder("SHA256withECDSA").build(MAKER.getPrivate())));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Bytes make(String algorithm) {
    try {
      X509v2AttributeCertificateBuilder builder =
          new X509v2AttributeCertificateBuilder(
              new AttributeCertificateHolder(
                  new X500Name("CN=EK CA"), ENDORSEMENT.getSerialNumber()),
              new AttributeCertificateIssuer(new X500Name("CN=Maker")),
              BigInteger.TEN,
              Date.from(BEGIN),
              Date.from(END));
      X500NameBuilder platform = new X500NameBuilder();
      platform.addRDN(new ASN1ObjectIdentifier("2.23.133.5.1.1"), new DERUTF8String("Maker"));
      platform.addRDN(new ASN1ObjectIdentifier("2.23.133.5.1.4"), new DERUTF8String("Switch"));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(platform.build())));
      ASN1EncodableVector component = new ASN1EncodableVector();
      component.add(new DERUTF8String("Maker"));
      component.add(new DERUTF8String("Board"));
      builder.addAttribute(
          new ASN1ObjectIdentifier("2.23.133.5.1.7.2"),
          new DERSequence(
              new DERTaggedObject(false, 0, new DERSequence(new DERSequence(component)))));
      return Bytes.of(
          builder
              .build(new JcaContentSignerBuilder(algorithm).build(MAKER.getPrivate()))
              .getEncoded());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Set<Reason> reasons(Bytes certificate, PlatformExpectation expected, Instant at) {
    return switch (PlatformCertificateVerifier.verify(certificate, ISSUER, expected, at)) {
      case Outcome.Proven _ -> Set.of();
      case Outcome.Refused refused ->
          refused.findings().stream()
              .map(Finding::reason)
              .collect(Collectors.toCollection(TreeSet::new));
    };
  }

  @Test
  void aMakersWordAboutTheMachineOfATpmIsProven() {
    Outcome.Proven proven =
        assertInstanceOf(
            Outcome.Proven.class,
            PlatformCertificateVerifier.verify(
                GOOD, ISSUER, PlatformExpectation.STRICT.withEndorsement(ENDORSEMENT), NOW));
    assertEquals(
        List.of(
            new Claim.Word("platform/manufacturer", "Maker"),
            new Claim.Word("platform/model", "Switch"),
            new Claim.Version("platform/components", 1)),
        proven.claims());
    assertEquals(END, proven.notAfter().orElseThrow());
  }

  @Test
  void anotherMachinesOrIssuersWordIsRefused() {
    assertEquals(
        Set.of(Reason.PLATFORM_CERT_CHAIN),
        reasons(GOOD, PlatformExpectation.STRICT.withEndorsement(ISSUER), NOW));
    X509Certificate other = certificate("CN=Other", 1);
    Outcome.Refused refused =
        assertInstanceOf(
            Outcome.Refused.class,
            PlatformCertificateVerifier.verify(GOOD, other, PlatformExpectation.STRICT, NOW));
    assertEquals(Reason.PLATFORM_CERT_CHAIN, refused.findings().getFirst().reason());
  }

  @Test
  void outsideItsWindowItIsRefused() {
    assertEquals(Set.of(), reasons(GOOD, PlatformExpectation.STRICT, END));
    for (Instant at :
        List.of(BEGIN.minus(Duration.ofSeconds(1)), END.plus(Duration.ofSeconds(1)))) {
      assertEquals(
          Set.of(Reason.PLATFORM_CERT_EXPIRED), reasons(GOOD, PlatformExpectation.STRICT, at));
    }
  }

  @Test
  void sha1IsRefusedUnlessAllowed() {
    Bytes weak = make("SHA1withECDSA");
    assertEquals(Set.of(Reason.ALG_WEAK), reasons(weak, PlatformExpectation.STRICT, NOW));
    assertEquals(Set.of(), reasons(weak, PlatformExpectation.STRICT.withSha1Allowed(), NOW));
  }

  @Test
  void noBitCanBeFlippedAndNoByteAppendedOrCutOff() {
    for (int bit = 0; bit < GOOD.length() * 8; bit++) {
      Bytes altered = Tpm2QuoteVerifierTest.flipped(GOOD, bit);
      assertTrue(!reasons(altered, PlatformExpectation.STRICT, NOW).isEmpty(), "bit " + bit);
    }
    Bytes longer = Bytes.concat(GOOD, Bytes.of((byte) 0));
    assertEquals(
        Set.of(Reason.PLATFORM_CERT_MALFORMED), reasons(longer, PlatformExpectation.STRICT, NOW));
    for (int length = 0; length < GOOD.length(); length++) {
      assertEquals(
          Set.of(Reason.PLATFORM_CERT_MALFORMED),
          reasons(GOOD.slice(0, length), PlatformExpectation.STRICT, NOW));
    }
  }
}
