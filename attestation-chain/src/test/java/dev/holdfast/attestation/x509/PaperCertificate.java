package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.crypto.Signatures;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate of any key, algorithm and extensions, odd ones too: signed as it says. */
public final class PaperCertificate {
  private static final AtomicLong SERIAL = new AtomicLong(1_000_000);

  private final X500Name subject;
  private final KeyPair keys;
  private final X509v3CertificateBuilder builder;

  /** One that is issued by the holder of a key. */
  public PaperCertificate(String subject, KeyPair keys, String issuer) {
    this(subject, keys, issuer, SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
  }

  PaperCertificate(String subject, KeyPair keys, String issuer, SubjectPublicKeyInfo key) {
    this.subject = new X500Name(subject);
    this.keys = keys;
    this.builder =
        new X509v3CertificateBuilder(
            new X500Name(issuer),
            BigInteger.valueOf(SERIAL.getAndIncrement()),
            Date.from(Authority.BEGIN),
            Date.from(Authority.END),
            this.subject,
            key);
  }

  public static KeyPair ec(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", Signatures.parser());
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static KeyPair rsa(int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA", Signatures.parser());
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  KeyPair keys() {
    return keys;
  }

  public PaperCertificate ofAuthority() {
    return with(Extension.basicConstraints, true, new BasicConstraints(true));
  }

  public PaperCertificate with(
      ASN1ObjectIdentifier extension, boolean critical, ASN1Encodable value) {
    try {
      builder.addExtension(extension, critical, value);
      return this;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An extension whose content is any bytes. */
  public PaperCertificate with(ASN1ObjectIdentifier extension, byte[] value) {
    try {
      builder.addExtension(extension, false, value);
      return this;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Signed with ECDSA over SHA-256. */
  public Bytes signedBy(KeyPair issuer) {
    return signedBy(issuer, "SHA256withECDSA");
  }

  public Bytes signedBy(KeyPair issuer, String algorithm) {
    try {
      return built(signer(issuer, algorithm));
    } catch (OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Signed with one algorithm, under the name of another, with the signature changed. */
  public Bytes signedBy(
      KeyPair issuer, String algorithm, AlgorithmIdentifier named, UnaryOperator<byte[]> change) {
    try {
      ContentSigner signer = signer(issuer, algorithm);
      ByteArrayOutputStream signed = new ByteArrayOutputStream();
      return built(
          new ContentSigner() {
            @Override
            public AlgorithmIdentifier getAlgorithmIdentifier() {
              return named;
            }

            @Override
            public OutputStream getOutputStream() {
              return signed;
            }

            @Override
            public byte[] getSignature() {
              try {
                signer.getOutputStream().write(signed.toByteArray());
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
              return change.apply(signer.getSignature());
            }
          });
    } catch (OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  static ContentSigner signer(KeyPair issuer, String algorithm) throws OperatorCreationException {
    return new JcaContentSignerBuilder(algorithm)
        .setProvider(Signatures.parser())
        .build(issuer.getPrivate());
  }

  private Bytes built(ContentSigner signer) {
    try {
      return Bytes.of(builder.build(signer).getEncoded());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
