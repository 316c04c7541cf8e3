package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.tpm2.TpmPublic;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;

/** A certificate that can be read and that nobody signed, with one extension of any content. */
final class PaperCertificate {
  private static final AlgorithmIdentifier ECDSA =
      new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.840.10045.4.3.2"));
  private static final X500Name NAME = new X500Name("CN=paper");

  private PaperCertificate() {}

  static Bytes with(String identifier, byte[] content) {
    V3TBSCertificateGenerator generator = new V3TBSCertificateGenerator();
    generator.setSerialNumber(new org.bouncycastle.asn1.ASN1Integer(BigInteger.ONE));
    generator.setSignature(ECDSA);
    generator.setIssuer(NAME);
    generator.setSubject(NAME);
    generator.setStartDate(new Time(Date.from(Instant.parse("2025-01-01T00:00:00Z"))));
    generator.setEndDate(new Time(Date.from(Instant.parse("2035-01-01T00:00:00Z"))));
    generator.setSubjectPublicKeyInfo(
        SubjectPublicKeyInfo.getInstance(TpmPublic.parse(QuoteTarget.KEY).javaKey().getEncoded()));
    generator.setExtensions(
        new Extensions(new Extension(new ASN1ObjectIdentifier(identifier), false, content)));
    ASN1EncodableVector parts = new ASN1EncodableVector();
    parts.add(generator.generateTBSCertificate());
    parts.add(ECDSA);
    parts.add(new DERBitString(new byte[] {0x30, 6, 2, 1, 1, 2, 1, 1}));
    try {
      return Bytes.of(new DERSequence(parts).getEncoded("DER"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
