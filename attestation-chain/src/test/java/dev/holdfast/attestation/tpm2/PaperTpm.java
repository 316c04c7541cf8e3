package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.BootCounters;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A TPM made of paper: it signs whatever it is told to, as a real one never would. */
public final class PaperTpm {
  /** Restricted, sign, fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth. */
  public static final long AK_ATTRIBUTES = 0x00050072L;

  /** A kind of key. */
  public enum Kind {
    RSASSA_2048,
    RSAPSS_2048,
    ECDSA_P256,
    ECDSA_P384
  }

  private final Kind kind;
  private final KeyPair pair;
  private final Bytes encoded;
  private final Map<Pcr, Bytes> registers = new TreeMap<>();

  /** All that a quote says, to be altered at will. */
  public record Quote(
      long magic,
      int type,
      Bytes extraData,
      BootCounters counters,
      List<PcrSelection> selections,
      Bytes digest) {
    public Quote withMagic(long other) {
      return new Quote(other, type, extraData, counters, selections, digest);
    }

    public Quote withType(int other) {
      return new Quote(magic, other, extraData, counters, selections, digest);
    }

    public Quote withExtraData(Bytes other) {
      return new Quote(magic, type, other, counters, selections, digest);
    }

    public Quote withCounters(BootCounters other) {
      return new Quote(magic, type, extraData, other, selections, digest);
    }

    public Quote withDigest(Bytes other) {
      return new Quote(magic, type, extraData, counters, selections, other);
    }
  }

  public PaperTpm(Kind kind) {
    this(kind, AK_ATTRIBUTES);
  }

  public PaperTpm(Kind kind, long attributes) {
    this.kind = kind;
    this.pair = generate(kind);
    this.encoded = encode(pair.getPublic(), attributes, scheme(kind), hash(kind));
    for (PcrBank bank : PcrBank.values()) {
      for (int i = 0; i < Pcr.COUNT; i++) {
        registers.put(new Pcr(bank, i), Bytes.of(new byte[bank.digestLength()]));
      }
    }
  }

  private static KeyPair generate(Kind kind) {
    try {
      return switch (kind) {
        case RSASSA_2048, RSAPSS_2048 -> {
          KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
          generator.initialize(2048);
          yield generator.generateKeyPair();
        }
        case ECDSA_P256, ECDSA_P384 -> ecPair(kind == Kind.ECDSA_P256 ? Curve.P256 : Curve.P384);
      };
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static KeyPair ecPair(Curve curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve.javaName()));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int scheme(Kind kind) {
    return switch (kind) {
      case RSASSA_2048 -> SignatureScheme.RSASSA.algorithm();
      case RSAPSS_2048 -> SignatureScheme.RSAPSS.algorithm();
      case ECDSA_P256, ECDSA_P384 -> SignatureScheme.ECDSA.algorithm();
    };
  }

  static PcrBank hash(Kind kind) {
    return kind == Kind.ECDSA_P384 ? PcrBank.SHA384 : PcrBank.SHA256;
  }

  /** TPMT_PUBLIC of any key; a scheme of 0x10 fixes none. */
  public static Bytes encode(PublicKey key, long attributes, int scheme, PcrBank hash) {
    Writer out = new Writer();
    out.u16(key instanceof RSAPublicKey ? 0x0001 : 0x0023).u16(PcrBank.SHA256.algorithm());
    out.u32(attributes).sized(Bytes.EMPTY);
    out.u16(0x0010).u16(scheme);
    if (scheme != SignatureScheme.ALG_NULL) {
      out.u16(hash.algorithm());
    }
    switch (key) {
      case RSAPublicKey rsa -> {
        out.u16(rsa.getModulus().bitLength()).u32(0);
        out.sized(Credential.unsigned(rsa.getModulus(), (rsa.getModulus().bitLength() + 7) / 8));
      }
      case ECPublicKey ec -> {
        Curve curve = ec.getParams().getOrder().bitLength() == 256 ? Curve.P256 : Curve.P384;
        out.u16(curve.number()).u16(0x0010);
        out.sized(Credential.unsigned(ec.getW().getAffineX(), curve.fieldBytes()));
        out.sized(Credential.unsigned(ec.getW().getAffineY(), curve.fieldBytes()));
      }
      default -> throw new IllegalArgumentException(key.getAlgorithm());
    }
    return out.bytes();
  }

  public Kind kind() {
    return kind;
  }

  public Bytes akPublic() {
    return encoded;
  }

  public AttestationKey key() {
    return switch (AttestationKey.judge(encoded)) {
      case AttestationKey.Accepted(AttestationKey key) -> key;
      case AttestationKey.Refused refused -> throw new AssertionError(refused);
    };
  }

  public void extend(int index, Map<PcrBank, Bytes> digests) {
    digests.forEach(
        (bank, digest) ->
            registers.computeIfPresent(
                new Pcr(bank, index), (_, value) -> bank.extend(value, digest)));
  }

  public Bytes register(PcrBank bank, int index) {
    return registers.getOrDefault(new Pcr(bank, index), Bytes.EMPTY);
  }

  public Quote quote(Bytes extraData, PcrSelection... selections) {
    List<Bytes> values = new ArrayList<>();
    for (PcrSelection selection : selections) {
      selection.pcrs().forEach(pcr -> values.add(register(pcr.bank(), pcr.index())));
    }
    return new Quote(
        Attest.TPM_GENERATED,
        Attest.QUOTE,
        extraData,
        new BootCounters(3, 1, 100_000, true, 7),
        List.of(selections),
        hash(kind).hash(values.toArray(Bytes[]::new)));
  }

  /** The quote signed, with the values of the registers that it selects. */
  public Evidence.Tpm2Quote evidence(Quote quote) {
    return evidence(quote, Bytes.EMPTY);
  }

  public Evidence.Tpm2Quote evidence(Quote quote, Bytes eventLog) {
    Bytes attest = encode(quote);
    List<Evidence.ReportedPcr> values = new ArrayList<>();
    for (PcrSelection selection : quote.selections()) {
      selection
          .pcrs()
          .forEach(
              pcr ->
                  values.add(
                      new Evidence.ReportedPcr(
                          pcr.bank().algorithm(), pcr.index(), register(pcr.bank(), pcr.index()))));
    }
    return new Evidence.Tpm2Quote("", attest, sign(attest), values, eventLog, Bytes.EMPTY);
  }

  public static Bytes encode(Quote quote) {
    Writer out = new Writer();
    out.u32(quote.magic()).u16(quote.type());
    out.sized(Bytes.of(new byte[34])).sized(quote.extraData());
    BootCounters counters = quote.counters();
    out.u64(counters.clockMillis()).u32(counters.resetCount()).u32(counters.restartCount());
    out.u8(counters.safe() ? 1 : 0).u64(counters.firmwareVersion());
    out.u32(quote.selections().size());
    for (PcrSelection selection : quote.selections()) {
      byte[] bits = new byte[3];
      selection.indexes().forEach(index -> bits[index / 8] |= (byte) (1 << (index % 8)));
      out.u16(selection.bank().algorithm()).u8(3).raw(Bytes.of(bits));
    }
    return out.sized(quote.digest()).bytes();
  }

  /** TPMT_SIGNATURE over anything. */
  public Bytes sign(Bytes message) {
    PcrBank hash = hash(kind);
    String name = hash.javaName().replace("-", "");
    try {
      Signature signer =
          Signature.getInstance(
              switch (kind) {
                case RSASSA_2048 -> name + "withRSA";
                case RSAPSS_2048 -> "RSASSA-PSS";
                case ECDSA_P256, ECDSA_P384 -> name + "withECDSAinP1363Format";
              });
      if (kind == Kind.RSAPSS_2048) {
        MGF1ParameterSpec mgf = new MGF1ParameterSpec(hash.javaName());
        signer.setParameter(
            new PSSParameterSpec(hash.javaName(), "MGF1", mgf, hash.digestLength(), 1));
      }
      PrivateKey key = pair.getPrivate();
      signer.initSign(key);
      signer.update(message.toByteArray());
      return encodeSignature(scheme(kind), hash, Bytes.of(signer.sign()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static Bytes encodeSignature(int scheme, PcrBank hash, Bytes signature) {
    Writer out = new Writer().u16(scheme).u16(hash.algorithm());
    if (scheme == SignatureScheme.ECDSA.algorithm()) {
      int half = signature.length() / 2;
      return out.sized(trimmed(signature.slice(0, half)))
          .sized(signature.slice(half, signature.length()))
          .bytes();
    }
    return out.sized(signature).bytes();
  }

  /** Some TPMs leave leading zeros out. */
  private static Bytes trimmed(Bytes number) {
    byte[] bytes = new BigInteger(1, number.toByteArray()).toByteArray();
    return Bytes.of(bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
  }

  /** Writes as a TPM does. */
  static final class Writer {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    private interface Step {
      void run() throws IOException;
    }

    private Writer write(Step step) {
      try {
        step.run();
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Writer u8(int value) {
      return write(() -> out.writeByte(value));
    }

    Writer u16(int value) {
      return write(() -> out.writeShort(value));
    }

    Writer u32(long value) {
      return write(() -> out.writeInt((int) value));
    }

    Writer u64(long value) {
      return write(() -> out.writeLong(value));
    }

    Writer raw(Bytes value) {
      return write(() -> out.write(value.toByteArray()));
    }

    Writer sized(Bytes value) {
      return u16(value.length()).raw(value);
    }

    Bytes bytes() {
      return Bytes.of(bytes.toByteArray());
    }
  }
}
