package dev.holdfast.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.server.identity.CertificateAuthority;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A manufacturer of TPMs: it says which endorsement keys are its own. */
final class EkAuthority {
  /** tcg-kp-EKCertificate. */
  private static final String EK_CERTIFICATE = "2.23.133.8.1";

  private static final Duration LIFETIME = Duration.ofDays(365);

  private final X500Principal name;
  private final KeyPair keys = CertificateAuthority.newKeyPair();
  private final Instant now;
  private final AtomicLong serial = new AtomicLong(1);
  private final X509Certificate root;

  EkAuthority(String name, Instant now) {
    this.name = new X500Principal("CN=" + name);
    this.now = now;
    this.root = issue(this.name, keys.getPublic(), now.plus(LIFETIME), true);
  }

  Bytes root() {
    return der(root);
  }

  X509Certificate certify(PublicKey endorsementKey) {
    return issue(new X500Principal("CN=ek"), endorsementKey, now.plus(LIFETIME), false);
  }

  /** A certificate that ended a minute before the test began. */
  X509Certificate certifyExpired(PublicKey endorsementKey) {
    return issue(
        new X500Principal("CN=ek"), endorsementKey, now.minus(Duration.ofMinutes(1)), false);
  }

  private X509Certificate issue(
      X500Principal subject, PublicKey key, Instant notAfter, boolean authority) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              BigInteger.valueOf(serial.getAndIncrement()),
              Date.from(now.minus(Duration.ofDays(1))),
              Date.from(notAfter),
              subject,
              key);
      if (authority) {
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      } else {
        KeyPurposeId purpose = KeyPurposeId.getInstance(new ASN1ObjectIdentifier(EK_CERTIFICATE));
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The list of those that are not to be believed any more. */
  Bytes revoking(X509Certificate certificate) {
    try {
      JcaX509v2CRLBuilder builder =
          new JcaX509v2CRLBuilder(name, Date.from(now.minus(Duration.ofHours(1))));
      builder.setNextUpdate(Date.from(now.plus(LIFETIME)));
      builder.addCRLEntry(
          certificate.getSerialNumber(), Date.from(now.minus(Duration.ofHours(2))), 1);
      return Bytes.of(
          builder
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
              .getEncoded());
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  static Bytes der(X509Certificate certificate) {
    try {
      return Bytes.of(certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
