package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Bytes;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate with its key, able to issue others. */
public final class Authority {
  public static final Instant BEGIN = Instant.parse("2025-01-01T00:00:00Z");
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  public static final Instant END = Instant.parse("2049-01-01T00:00:00Z");

  private static final AtomicLong SERIAL = new AtomicLong(1);
  private static final int UNLIMITED = 100;
  private static final int LEAF = -1;

  private final X509Certificate certificate;
  private final KeyPair keys;

  private Authority(X509Certificate certificate, KeyPair keys) {
    this.certificate = certificate;
    this.keys = keys;
  }

  private record Extra(String oid, boolean critical) {}

  public static Authority root(String name) {
    KeyPair keys = pair();
    X500Principal subject = new X500Principal("CN=" + name);
    return new Authority(issue(subject, keys, subject, keys.getPublic(), UNLIMITED, null), keys);
  }

  public Authority authority(String name) {
    return authority(name, UNLIMITED);
  }

  public Authority authority(String name, int pathLength) {
    return issued(name, pathLength, null);
  }

  public Authority leaf(String name) {
    return issued(name, LEAF, null);
  }

  public Authority withCriticalExtension(String name, String oid) {
    return issued(name, LEAF, new Extra(oid, true));
  }

  /** A leaf for a key held elsewhere, with an extended key usage. */
  public Bytes certify(String name, PublicKey key, String usage) {
    return der(
        issue(
            certificate.getSubjectX500Principal(),
            keys,
            new X500Principal("CN=" + name),
            key,
            LEAF,
            new Extra(usage, false)));
  }

  private Authority issued(
      String name, int pathLength, @org.jspecify.annotations.Nullable Extra extra) {
    KeyPair own = pair();
    X500Principal subject = new X500Principal("CN=" + name);
    return new Authority(
        issue(
            certificate.getSubjectX500Principal(),
            keys,
            subject,
            own.getPublic(),
            pathLength,
            extra),
        own);
  }

  private static X509Certificate issue(
      X500Principal issuer,
      KeyPair issuerKeys,
      X500Principal subject,
      PublicKey key,
      int pathLength,
      @org.jspecify.annotations.Nullable Extra extra) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              BigInteger.valueOf(SERIAL.getAndIncrement()),
              Date.from(BEGIN),
              Date.from(END),
              subject,
              key);
      if (pathLength != LEAF) {
        builder.addExtension(
            Extension.basicConstraints,
            true,
            pathLength == UNLIMITED
                ? new BasicConstraints(true)
                : new BasicConstraints(pathLength));
      }
      if (extra != null && extra.critical()) {
        builder.addExtension(new ASN1ObjectIdentifier(extra.oid()), true, DERNull.INSTANCE);
      } else if (extra != null) {
        KeyPurposeId purpose = KeyPurposeId.getInstance(new ASN1ObjectIdentifier(extra.oid()));
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
    } catch (CertIOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public Bytes revocations(Instant nextUpdate, Authority... revoked) {
    try {
      JcaX509v2CRLBuilder builder =
          new JcaX509v2CRLBuilder(certificate.getSubjectX500Principal(), Date.from(BEGIN));
      builder.setNextUpdate(Date.from(nextUpdate));
      for (Authority authority : revoked) {
        builder.addCRLEntry(authority.certificate.getSerialNumber(), Date.from(BEGIN), 1);
      }
      return Bytes.of(
          builder
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
              .getEncoded());
    } catch (OperatorCreationException | java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public X509Certificate certificate() {
    return certificate;
  }

  public Bytes der() {
    return der(certificate);
  }

  private static Bytes der(X509Certificate certificate) {
    try {
      return Bytes.of(certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
