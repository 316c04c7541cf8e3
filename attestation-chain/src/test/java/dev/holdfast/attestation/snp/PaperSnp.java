package dev.holdfast.attestation.snp;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A maker of processors on paper: its root, its chips' keys, and the reports that they sign. */
public final class PaperSnp {
  public static final Instant BEGIN = Instant.parse("2025-01-01T00:00:00Z");
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  public static final Instant END = Instant.parse("2049-01-01T00:00:00Z");

  public static final Bytes CHIP = Bytes.of(filled(64, 0x5a));
  public static final Bytes REPORT_DATA = Bytes.of(filled(64, 0x11));
  public static final Bytes MEASUREMENT = Bytes.of(filled(48, 0x22));
  public static final Bytes HOST_DATA = Bytes.of(filled(32, 0x33));

  private static final String AMD = "1.3.6.1.4.1.3704.1.";
  private static final KeyPair ARK = rsa();
  private static final KeyPair ASK = rsa();
  private static final KeyPair CHIP_KEY = ec("secp384r1");
  private static final X500Principal ARK_NAME = new X500Principal("CN=ARK-Paper");
  private static final X500Principal ASK_NAME = new X500Principal("CN=SEV-Paper");
  public static final Bytes ARK_CERTIFICATE = authority(ARK_NAME, ARK, ARK_NAME, ARK, 1);
  public static final Bytes ASK_CERTIFICATE = authority(ASK_NAME, ASK, ARK_NAME, ARK, 0x10001);

  private PaperSnp() {}

  static byte[] filled(int length, int with) {
    byte[] bytes = new byte[length];
    java.util.Arrays.fill(bytes, (byte) with);
    return bytes;
  }

  /** A report being written; every setter takes the place of one field. */
  public static final class Draft {
    private final ByteBuffer bytes = ByteBuffer.allocate(1184).order(ByteOrder.LITTLE_ENDIAN);

    Draft(int version) {
      number(0x00, version);
      number(0x04, 7);
      bytes.putLong(0x08, 0x3001fL);
      put(0x10, Bytes.of(filled(16, 0x44)));
      put(0x20, Bytes.of(filled(16, 0x45)));
      number(0x34, 1);
      bytes.putLong(0x40, 1);
      put(0x50, REPORT_DATA);
      put(0x90, MEASUREMENT);
      put(0xc0, HOST_DATA);
      put(0xe0, Bytes.of(filled(48, 0x66)));
      put(0x140, Bytes.of(filled(32, 0x77)));
      put(0x160, Bytes.of(filled(32, 0xff)));
      put(0x1a0, CHIP);
      tcb(Bytes.fromHex("0300000000000873"));
      put(0x1e8, Bytes.fromHex("0434010004340100"));
      if (version >= 3) {
        put(0x188, Bytes.fromHex("190101"));
      }
      if (version >= 5) {
        bytes.putLong(0x1f8, 1);
        bytes.putLong(0x200, 3);
      }
    }

    public Draft tcb(Bytes eight) {
      return put(0x38, eight).put(0x180, eight).put(0x1e0, eight).put(0x1f0, eight);
    }

    public Draft put(int at, Bytes value) {
      bytes.put(at, value.toByteArray());
      return this;
    }

    public Draft number(int at, int value) {
      bytes.putInt(at, value);
      return this;
    }

    public Draft policy(long bits) {
      bytes.putLong(0x08, bits);
      return this;
    }

    public Draft turin() {
      return put(0x188, Bytes.fromHex("1a0201"))
          .put(0x1a0, Bytes.of(new byte[64]))
          .put(0x1a0, CHIP.slice(0, 8))
          .tcb(Bytes.fromHex("0102030400000051"));
    }

    /** By the chip's key. */
    public Bytes signed() {
      return signed(CHIP_KEY);
    }

    public Bytes signed(KeyPair keys) {
      try {
        Signature signature = Signature.getInstance("SHA384withECDSAinP1363Format");
        signature.initSign(keys.getPrivate());
        signature.update(bytes.array(), 0, 0x2a0);
        byte[] halves = signature.sign();
        int half = halves.length / 2;
        for (int i = 0; i < half; i++) {
          bytes.put(0x2a0 + i, halves[half - 1 - i]);
          bytes.put(0x2a0 + 72 + i, halves[halves.length - 1 - i]);
        }
        return Bytes.of(bytes.array());
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  public static Draft report(int version) {
    return new Draft(version);
  }

  /** What the certificate of a chip's key says. */
  static final class Names {
    private final Map<String, ASN1Encodable> extensions = new LinkedHashMap<>();
    private Bytes chip = CHIP;
    private PublicKey key = CHIP_KEY.getPublic();

    Names() {
      text("2", "Milan-B0").number("1", 1).levels(3, 0, 8, 0x73);
    }

    Names levels(int bootLoader, int tee, int snp, int microcode) {
      return number("3.1", bootLoader)
          .number("3.2", tee)
          .number("3.3", snp)
          .number("3.8", microcode);
    }

    Names number(String identifier, int value) {
      extensions.put(AMD + identifier, new ASN1Integer(value));
      return this;
    }

    Names text(String identifier, String value) {
      extensions.put(AMD + identifier, new DERIA5String(value));
      return this;
    }

    Names without(String identifier) {
      extensions.remove(AMD + identifier);
      return this;
    }

    Names chip(Bytes value) {
      chip = value;
      return this;
    }

    Names key(PublicKey value) {
      key = value;
      return this;
    }

    Names turin() {
      return text("2", "Turin").levels(2, 3, 4, 0x51).number("3.9", 1).chip(CHIP.slice(0, 8));
    }

    Names vlek() {
      return text("2", "Milan").text("5", "CN=cloud.example").chip(Bytes.EMPTY);
    }

    Bytes certificate() {
      return certificate(BEGIN, END);
    }

    Bytes certificate(Instant begin, Instant end) {
      try {
        JcaX509v3CertificateBuilder builder =
            new JcaX509v3CertificateBuilder(
                ASK_NAME,
                BigInteger.ZERO,
                Date.from(begin),
                Date.from(end),
                new X500Principal("CN=SEV-VCEK"),
                key);
        for (Map.Entry<String, ASN1Encodable> extension : extensions.entrySet()) {
          builder.addExtension(
              new ASN1ObjectIdentifier(extension.getKey()), false, extension.getValue());
        }
        if (!chip.isEmpty()) {
          builder.addExtension(new ASN1ObjectIdentifier(AMD + "4"), false, chip.toByteArray());
        }
        return Bytes.of(builder.build(signer(ASK)).getEncoded());
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  static Names names() {
    return new Names();
  }

  public static Bytes vcek() {
    return new Names().certificate();
  }

  /** Of a cloud's key, for the same key pair. */
  public static Bytes vlek() {
    return new Names().vlek().certificate();
  }

  /** The root with a revocation list that revokes nothing. */
  public static Anchors anchors() {
    return Anchors.parse(List.of(ARK_CERTIFICATE), List.of(revocations(END)));
  }

  /** A list of what the root takes back: the authority below it has number 0x10001. */
  public static Bytes revocations(Instant nextUpdate, long... serials) {
    return revocations(ARK, nextUpdate, serials);
  }

  /** The same in the root's name, signed by another key. */
  public static Bytes forgedRevocations(long... serials) {
    return revocations(ASK, END, serials);
  }

  private static Bytes revocations(KeyPair signer, Instant nextUpdate, long... serials) {
    try {
      JcaX509v2CRLBuilder builder = new JcaX509v2CRLBuilder(ARK_NAME, Date.from(BEGIN));
      builder.setNextUpdate(Date.from(nextUpdate));
      for (long serial : serials) {
        builder.addCRLEntry(BigInteger.valueOf(serial), Date.from(BEGIN), 1);
      }
      return Bytes.of(builder.build(signer(signer)).getEncoded());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Bytes authority(
      X500Principal subject, KeyPair keys, X500Principal issuer, KeyPair issuerKeys, long serial) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              BigInteger.valueOf(serial),
              Date.from(BEGIN),
              Date.from(END),
              subject,
              keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return Bytes.of(builder.build(signer(issuerKeys)).getEncoded());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ContentSigner signer(KeyPair keys) {
    try {
      return new JcaContentSignerBuilder("SHA384WITHRSAANDMGF1")
          .setProvider(new BouncyCastleProvider())
          .build(keys.getPrivate());
    } catch (OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair rsa() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static KeyPair ec(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
