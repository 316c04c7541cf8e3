package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Optional;

/**
 * The public area of a key in a TPM (TPM 2.0 Part 2, 12.2.4, TPMT_PUBLIC).
 *
 * @param encoded the TPMT_PUBLIC itself, which the name is the hash of
 * @param nameAlgorithm the hash of the name
 * @param attributes TPMA_OBJECT
 * @param symmetric what a decryption key protects its children with
 * @param scheme the one scheme that the key signs by, if it is fixed
 * @param schemeHash that scheme's hash
 * @param key the key itself
 */
public record TpmPublic(
    Bytes encoded,
    PcrBank nameAlgorithm,
    long attributes,
    Optional<Symmetric> symmetric,
    Optional<SignatureScheme> scheme,
    Optional<PcrBank> schemeHash,
    Key key) {
  /** Most bytes accepted. */
  public static final int MAX_BYTES = 2 * 1024;

  static final long FIXED_TPM = 1L << 1;
  static final long FIXED_PARENT = 1L << 4;
  static final long SENSITIVE_DATA_ORIGIN = 1L << 5;
  static final long RESTRICTED = 1L << 16;
  static final long DECRYPT = 1L << 17;
  static final long SIGN = 1L << 18;

  private static final int ALG_RSA = 0x0001;
  private static final int ALG_AES = 0x0006;
  private static final int ALG_RSAES = 0x0015;
  private static final int ALG_OAEP = 0x0017;
  private static final int ALG_ECDAA = 0x001a;
  private static final int ALG_ECC = 0x0023;
  private static final int MODE_CFB = 0x0043;
  private static final long EXPONENT_DEFAULT = 65537;

  /**
   * AES in CFB mode (TPMT_SYM_DEF_OBJECT).
   *
   * @param keyBits 128, 192 or 256
   */
  public record Symmetric(int keyBits) {}

  /** The numbers of a key. */
  public sealed interface Key {}

  /**
   * An RSA key.
   *
   * @param modulus the modulus
   * @param exponent the public exponent
   */
  public record Rsa(BigInteger modulus, BigInteger exponent) implements Key {}

  /**
   * A point on a curve.
   *
   * @param curve the curve
   * @param x a coordinate of a point that lies on it
   * @param y the other coordinate
   */
  public record Ecc(Curve curve, BigInteger x, BigInteger y) implements Key {}

  /**
   * Reads a TPMT_PUBLIC.
   *
   * @throws MalformedException if a byte is missing, wrong or left over, or the key is of a kind
   *     not supported
   */
  public static TpmPublic parse(Bytes bytes) {
    if (bytes.length() > MAX_BYTES) {
      throw new MalformedException("a public area has " + bytes.length() + " bytes");
    }
    ByteCursor in = ByteCursor.bigEndian(bytes);
    int type = in.u16("type");
    PcrBank nameAlgorithm = hash(in.u16("nameAlg"));
    long attributes = in.u32("objectAttributes");
    in.sized16(64, "authPolicy");
    TpmPublic parsed =
        switch (type) {
          case ALG_RSA -> rsa(bytes, nameAlgorithm, attributes, in);
          case ALG_ECC -> ecc(bytes, nameAlgorithm, attributes, in);
          default -> throw new MalformedException("key type " + type + " is not supported");
        };
    in.end("the public area");
    return parsed;
  }

  /**
   * Reads a TPM2B_PUBLIC: a size, and a TPMT_PUBLIC of that size.
   *
   * @throws MalformedException as {@link #parse}
   */
  public static TpmPublic parseSized(Bytes bytes) {
    ByteCursor in = ByteCursor.bigEndian(bytes);
    Bytes content = in.sized16(MAX_BYTES, "TPM2B_PUBLIC");
    in.end("TPM2B_PUBLIC");
    return parse(content);
  }

  /**
   * Writes the public area of a signing key of which no TPM's is known: named by SHA-256, without a
   * fixed scheme.
   *
   * @param attributes TPMA_OBJECT
   * @throws MalformedException if it is neither an RSA nor a P-256 or P-384 key
   */
  static TpmPublic encode(PublicKey javaKey, long attributes) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      boolean rsa = javaKey instanceof RSAPublicKey;
      out.writeShort(rsa ? ALG_RSA : ALG_ECC);
      out.writeShort(PcrBank.SHA256.algorithm());
      out.writeInt((int) attributes);
      out.writeShort(0);
      out.writeShort(SignatureScheme.ALG_NULL);
      out.writeShort(SignatureScheme.ALG_NULL);
      switch (javaKey) {
        case RSAPublicKey key -> {
          int bits = key.getModulus().bitLength();
          BigInteger exponent = key.getPublicExponent();
          if (bits > 4096 || exponent.bitLength() > 31) {
            throw new MalformedException("no TPM has an RSA key of such numbers");
          }
          out.writeShort(bits);
          out.writeInt(exponent.intValueExact());
          sized(out, Credential.unsigned(key.getModulus(), (bits + 7) / 8));
        }
        case ECPublicKey key -> {
          Curve curve =
              Curve.ofOrder(key.getParams().getOrder())
                  .orElseThrow(() -> new MalformedException("the curve is not supported"));
          out.writeShort(curve.number());
          out.writeShort(SignatureScheme.ALG_NULL);
          sized(out, Credential.unsigned(key.getW().getAffineX(), curve.fieldBytes()));
          sized(out, Credential.unsigned(key.getW().getAffineY(), curve.fieldBytes()));
        }
        default -> throw new MalformedException("a key of " + javaKey.getAlgorithm());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("memory takes all that is written", e);
    }
    return parse(Bytes.of(bytes.toByteArray()));
  }

  private static void sized(DataOutputStream out, Bytes content) throws IOException {
    out.writeShort(content.length());
    out.write(content.toByteArray());
  }

  /** The name: the algorithm's number, and the hash of the public area (TPM 2.0 Part 1, 16). */
  public Bytes name() {
    int algorithm = nameAlgorithm.algorithm();
    return Bytes.concat(
        Bytes.of((byte) (algorithm >> 8), (byte) algorithm), nameAlgorithm.hash(encoded));
  }

  /** Whether these are the numbers of a key in Java's form. */
  public boolean isFor(PublicKey other) {
    return switch (key) {
      case Rsa(BigInteger modulus, BigInteger exponent) ->
          other instanceof RSAPublicKey rsa
              && rsa.getModulus().equals(modulus)
              && rsa.getPublicExponent().equals(exponent);
      case Ecc(Curve curve, BigInteger x, BigInteger y) ->
          other instanceof ECPublicKey ec
              && ec.getParams().getOrder().equals(curve.order())
              && ec.getW().getAffineX().equals(x)
              && ec.getW().getAffineY().equals(y);
    };
  }

  boolean has(long attribute) {
    return (attributes & attribute) != 0;
  }

  /** The key in Java's form. */
  public PublicKey javaKey() {
    try {
      return switch (key) {
        case Rsa(BigInteger modulus, BigInteger exponent) ->
            KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent));
        case Ecc(Curve curve, BigInteger x, BigInteger y) -> {
          AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
          parameters.init(new ECGenParameterSpec(curve.javaName()));
          ECParameterSpec spec = parameters.getParameterSpec(ECParameterSpec.class);
          yield KeyFactory.getInstance("EC")
              .generatePublic(new ECPublicKeySpec(new ECPoint(x, y), spec));
        }
      };
    } catch (GeneralSecurityException e) {
      throw new MalformedException("the key's numbers make no key: " + e.getMessage());
    }
  }

  private static TpmPublic rsa(Bytes all, PcrBank nameAlgorithm, long attributes, ByteCursor in) {
    Optional<Symmetric> symmetric = symmetric(in);
    int algorithm = in.u16("scheme");
    Optional<SignatureScheme> scheme = Optional.empty();
    Optional<PcrBank> schemeHash = Optional.empty();
    if (algorithm == ALG_OAEP) {
      hash(in.u16("hash of the scheme"));
    } else if (algorithm != ALG_RSAES && algorithm != SignatureScheme.ALG_NULL) {
      scheme = Optional.of(signing(algorithm));
      schemeHash = Optional.of(hash(in.u16("hash of the scheme")));
    }
    int bits = in.u16("keyBits");
    long exponent = in.u32("exponent");
    BigInteger modulus = number(in.sized16(512, "modulus"));
    if (modulus.bitLength() != bits || !modulus.testBit(0)) {
      throw new MalformedException("the modulus is not a number of " + bits + " bits");
    }
    BigInteger e = BigInteger.valueOf(exponent == 0 ? EXPONENT_DEFAULT : exponent);
    if (e.bitLength() < 2 || !e.testBit(0)) {
      throw new MalformedException("the exponent is not an odd number above 2");
    }
    return new TpmPublic(
        all, nameAlgorithm, attributes, symmetric, scheme, schemeHash, new Rsa(modulus, e));
  }

  private static TpmPublic ecc(Bytes all, PcrBank nameAlgorithm, long attributes, ByteCursor in) {
    Optional<Symmetric> symmetric = symmetric(in);
    int algorithm = in.u16("scheme");
    Optional<SignatureScheme> scheme = Optional.empty();
    Optional<PcrBank> schemeHash = Optional.empty();
    if (algorithm != SignatureScheme.ALG_NULL) {
      if (algorithm == ALG_ECDAA) {
        throw new MalformedException("ECDAA is not supported");
      }
      scheme = Optional.of(signing(algorithm));
      schemeHash = Optional.of(hash(in.u16("hash of the scheme")));
    }
    int number = in.u16("curve");
    Curve curve =
        Curve.ofNumber(number)
            .orElseThrow(() -> new MalformedException("curve " + number + " is not supported"));
    if (in.u16("kdf") != SignatureScheme.ALG_NULL) {
      hash(in.u16("hash of the kdf"));
    }
    BigInteger x = number(in.sized16(curve.fieldBytes(), "x"));
    BigInteger y = number(in.sized16(curve.fieldBytes(), "y"));
    if (curve.point(x, y).isEmpty()) {
      throw new MalformedException("the point does not lie on the curve");
    }
    return new TpmPublic(
        all, nameAlgorithm, attributes, symmetric, scheme, schemeHash, new Ecc(curve, x, y));
  }

  private static Optional<Symmetric> symmetric(ByteCursor in) {
    int algorithm = in.u16("symmetric algorithm");
    if (algorithm == SignatureScheme.ALG_NULL) {
      return Optional.empty();
    }
    int bits = in.u16("symmetric key bits");
    int mode = in.u16("symmetric mode");
    boolean known = bits == 128 || bits == 192 || bits == 256;
    if (algorithm != ALG_AES || mode != MODE_CFB || !known) {
      throw new MalformedException("only AES in CFB mode is supported");
    }
    return Optional.of(new Symmetric(bits));
  }

  private static SignatureScheme signing(int algorithm) {
    return SignatureScheme.ofAlgorithm(algorithm)
        .orElseThrow(() -> new MalformedException("scheme " + algorithm + " is not supported"));
  }

  private static PcrBank hash(int algorithm) {
    return PcrBank.ofAlgorithm(algorithm)
        .orElseThrow(() -> new MalformedException("hash " + algorithm + " is not known"));
  }

  private static BigInteger number(Bytes bytes) {
    return new BigInteger(1, bytes.toByteArray());
  }
}
