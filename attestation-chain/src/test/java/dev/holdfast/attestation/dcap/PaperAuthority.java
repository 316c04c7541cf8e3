package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A P-256 key with a certificate, for roots and signers of the project's own. */
public final class PaperAuthority {
  private static final AtomicLong SERIAL = new AtomicLong(1000);
  private static final String ALGORITHM = "SHA256withECDSA";

  private final X509Certificate certificate;
  private final KeyPair keys;

  private PaperAuthority(X509Certificate certificate, KeyPair keys) {
    this.certificate = certificate;
    this.keys = keys;
  }

  /** An extension that is not critical. */
  record Extra(String oid, ASN1Encodable value) {}

  public static PaperAuthority root(String name) {
    KeyPair keys = pair();
    X500Principal subject = new X500Principal("CN=" + name);
    return new PaperAuthority(
        issue(subject, keys.getPrivate(), subject, keys, true, Optional.empty()), keys);
  }

  public PaperAuthority authority(String name) {
    return issued(name, true, Optional.empty());
  }

  public PaperAuthority leaf(String name) {
    return issued(name, false, Optional.empty());
  }

  PaperAuthority leaf(String name, Extra extra) {
    return issued(name, false, Optional.of(extra));
  }

  private PaperAuthority issued(String name, boolean ca, Optional<Extra> extra) {
    KeyPair own = pair();
    return new PaperAuthority(
        issue(
            certificate.getSubjectX500Principal(),
            keys.getPrivate(),
            new X500Principal("CN=" + name),
            own,
            ca,
            extra),
        own);
  }

  private static X509Certificate issue(
      X500Principal issuer,
      PrivateKey issuerKey,
      X500Principal subject,
      KeyPair keys,
      boolean ca,
      Optional<Extra> extra) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              BigInteger.valueOf(SERIAL.getAndIncrement()),
              Date.from(PaperDcap.BEGIN),
              Date.from(PaperDcap.END),
              subject,
              keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
      int usage = ca ? KeyUsage.keyCertSign | KeyUsage.cRLSign : KeyUsage.digitalSignature;
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      if (extra.isPresent()) {
        builder.addExtension(
            new ASN1ObjectIdentifier(extra.get().oid()), false, extra.get().value());
      }
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder(ALGORITHM).build(issuerKey)));
    } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A revocation list, DER. */
  public Bytes crl(Instant from, Instant until, PaperAuthority... revoked) {
    try {
      JcaX509v2CRLBuilder builder =
          new JcaX509v2CRLBuilder(certificate.getSubjectX500Principal(), Date.from(from));
      builder.setNextUpdate(Date.from(until));
      for (PaperAuthority authority : revoked) {
        builder.addCRLEntry(authority.certificate.getSerialNumber(), Date.from(from), 1);
      }
      return Bytes.of(
          builder
              .build(new JcaContentSignerBuilder(ALGORITHM).build(keys.getPrivate()))
              .getEncoded());
    } catch (OperatorCreationException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** r and s, 64 bytes. */
  public Bytes sign(Bytes message) {
    try {
      Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
      signer.initSign(keys.getPrivate());
      signer.update(message.toByteArray());
      return Bytes.of(signer.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** x and y, 64 bytes. */
  Bytes point() {
    byte[] encoded = keys.getPublic().getEncoded();
    return Bytes.copyOf(encoded, encoded.length - 64, encoded.length);
  }

  public X509Certificate certificate() {
    return certificate;
  }

  public PrivateKey key() {
    return keys.getPrivate();
  }

  public Bytes der() {
    try {
      return Bytes.of(certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static Bytes pem(PaperAuthority... chain) {
    StringBuilder text = new StringBuilder();
    Base64.Encoder encoder = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    for (PaperAuthority authority : chain) {
      text.append("-----BEGIN CERTIFICATE-----\n")
          .append(encoder.encodeToString(authority.der().toByteArray()))
          .append("\n-----END CERTIFICATE-----\n");
    }
    return Bytes.utf8(text.toString());
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
}
