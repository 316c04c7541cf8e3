package dev.holdfast.attestation.dice;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.x509.CertificatePath;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A chain of layers with keys of its own, below a root of its own: written, never manufactured. */
public final class PaperLayers {
  public static final Instant BEGIN = Instant.parse("2025-01-01T00:00:00Z");
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  public static final Instant END = Instant.parse("2035-01-01T00:00:00Z");
  public static final String SHA_256 = "2.16.840.1.101.3.4.2.1";

  private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
  private static final int AUTHORITY_USAGE = KeyUsage.keyCertSign | KeyUsage.cRLSign;

  private final String curve;
  private final List<X509Certificate> rootFirst = new ArrayList<>();
  private KeyPair keys;

  private PaperLayers(String curve) {
    this.curve = curve;
    this.keys = pair(curve);
  }

  /** An extension of a certificate. */
  public record Added(String oid, boolean critical, ASN1Encodable value) {}

  /** A root, and so far nothing below it; the curve may be Ed25519 or RSA too. */
  public static PaperLayers root(String curve) {
    PaperLayers layers = new PaperLayers(curve);
    X500Principal name = new X500Principal("CN=Paper root " + curve);
    layers.rootFirst.add(layers.issue(name, name, layers.keys, true, List.of()));
    return layers;
  }

  /** Adds a layer that may issue others. */
  public PaperLayers layer(String name, Added... extensions) {
    return add(name, true, extensions);
  }

  /** Adds the last layer. */
  public PaperLayers leaf(String name, Added... extensions) {
    return add(name, false, extensions);
  }

  private PaperLayers add(String name, boolean authority, Added... extensions) {
    KeyPair own = pair(curve);
    X509Certificate issuer = rootFirst.getLast();
    X509Certificate certificate =
        issue(
            issuer.getSubjectX500Principal(),
            new X500Principal("CN=" + name),
            own,
            authority,
            List.of(extensions));
    rootFirst.add(certificate);
    keys = own;
    return this;
  }

  private X509Certificate issue(
      X500Principal issuer,
      X500Principal subject,
      KeyPair subjectKeys,
      boolean authority,
      List<Added> extensions) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              BigInteger.valueOf(rootFirst.size() + 1L),
              Date.from(BEGIN),
              Date.from(END),
              subject,
              subjectKeys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(authority ? AUTHORITY_USAGE : KeyUsage.digitalSignature));
      for (Added added : extensions) {
        builder.addExtension(
            new ASN1ObjectIdentifier(added.oid()), added.critical(), added.value());
      }
      return new JcaX509CertificateConverter()
          .setProvider(PROVIDER)
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder(signatureName())
                      .setProvider(PROVIDER)
                      .build(keys.getPrivate())));
    } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private String signatureName() {
    return switch (curve) {
      case "Ed25519" -> "Ed25519";
      case "RSA" -> "SHA256withRSA";
      case "secp384r1" -> "SHA384withECDSA";
      case "secp521r1" -> "SHA512withECDSA";
      default -> "SHA256withECDSA";
    };
  }

  private static KeyPair pair(String curve) {
    try {
      KeyPairGenerator generator =
          KeyPairGenerator.getInstance(
              curve.equals("Ed25519") || curve.equals("RSA") ? curve : "EC", PROVIDER);
      if (curve.equals("RSA")) {
        generator.initialize(2048);
      } else if (!curve.equals("Ed25519")) {
        generator.initialize(new ECGenParameterSpec(curve));
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Leaf first, the root left out. */
  public List<Bytes> chain() {
    return rootFirst.subList(1, rootFirst.size()).reversed().stream()
        .map(PaperLayers::der)
        .toList();
  }

  /** Leaf first, the root last. */
  public List<Bytes> wholeChain() {
    return rootFirst.reversed().stream().map(PaperLayers::der).toList();
  }

  /** The root alone. */
  public CertificatePath.Anchors anchors() {
    return CertificatePath.Anchors.parse(List.of(der(rootFirst.getFirst())), List.of());
  }

  public Bytes rootDer() {
    return der(rootFirst.getFirst());
  }

  /** The last layer's key, as a DER SubjectPublicKeyInfo. */
  public Bytes leafKey() {
    return Bytes.of(keys.getPublic().getEncoded());
  }

  /** The last layer's signature, by the name that Java's cryptography knows it by. */
  public Bytes sign(String algorithm, Bytes message) {
    try {
      Signature signature = Signature.getInstance(algorithm, PROVIDER);
      signature.initSign(keys.getPrivate());
      signature.update(message.toByteArray());
      return Bytes.of(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The last layer's keys. */
  public KeyPair keys() {
    return keys;
  }

  public X509Certificate leafCertificate() {
    return rootFirst.getLast();
  }

  private static Bytes der(X509Certificate certificate) {
    try {
      return Bytes.of(certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** DiceTcbInfo with vendor, model, security version, one digest and flags. */
  public static Added tcbInfo(Bytes digest, OperationalFlag... flags) {
    return new Added(DiceLayer.TCB_INFO, false, tcb(digest, flags));
  }

  /** DiceMultiTcbInfo with one entry for each digest. */
  public static Added multiTcbInfo(Bytes... digests) {
    ASN1EncodableVector infos = new ASN1EncodableVector();
    for (Bytes digest : digests) {
      infos.add(tcb(digest));
    }
    return new Added(DiceLayer.MULTI_TCB_INFO, true, new DERSequence(infos));
  }

  public static Added ueid(Bytes ueid) {
    return new Added(
        DiceLayer.UEID, false, new DERSequence(new DEROctetString(ueid.toByteArray())));
  }

  /** The composite device identifier that older devices put in the same place. */
  public Added compositeDeviceId(Bytes digest) {
    ASN1EncodableVector parts = new ASN1EncodableVector();
    parts.add(new ASN1Integer(1));
    parts.add(org.bouncycastle.asn1.ASN1Sequence.getInstance(keys.getPublic().getEncoded()));
    parts.add(fwid(digest));
    return new Added(DiceLayer.TCB_INFO, false, new DERSequence(parts));
  }

  private static DERSequence tcb(Bytes digest, OperationalFlag... flags) {
    ASN1EncodableVector fields = new ASN1EncodableVector();
    fields.add(new DERTaggedObject(false, 0, new DERUTF8String("Paper Works")));
    fields.add(new DERTaggedObject(false, 1, new DERUTF8String("sheet")));
    fields.add(new DERTaggedObject(false, 2, new DERUTF8String("1.2")));
    fields.add(new DERTaggedObject(false, 3, new ASN1Integer(7)));
    fields.add(new DERTaggedObject(false, 4, new ASN1Integer(1)));
    fields.add(new DERTaggedObject(false, 5, new ASN1Integer(0)));
    fields.add(new DERTaggedObject(false, 6, new DERSequence(fwid(digest))));
    if (flags.length > 0) {
      int bits = 0;
      for (OperationalFlag flag : flags) {
        bits |= 0x80 >> flag.bit();
      }
      fields.add(new DERTaggedObject(false, 7, new DERBitString(new byte[] {(byte) bits}, 4)));
    }
    fields.add(new DERTaggedObject(false, 8, new DEROctetString(new byte[] {1, 2})));
    fields.add(new DERTaggedObject(false, 9, new DEROctetString(new byte[] {3})));
    return new DERSequence(fields);
  }

  private static DERSequence fwid(Bytes digest) {
    ASN1EncodableVector fwid = new ASN1EncodableVector();
    fwid.add(new ASN1ObjectIdentifier(SHA_256));
    fwid.add(new DEROctetString(digest.toByteArray()));
    return new DERSequence(fwid);
  }

  /** An Open DICE input with a code digest and a mode. */
  public static Added openDice(Bytes code, int mode) {
    ASN1EncodableVector fields = new ASN1EncodableVector();
    fields.add(new DERTaggedObject(true, 0, new DEROctetString(code.toByteArray())));
    fields.add(new DERTaggedObject(true, 6, new org.bouncycastle.asn1.ASN1Enumerated(mode)));
    return new Added(DiceLayer.OPEN_DICE, true, new DERSequence(fields));
  }
}
