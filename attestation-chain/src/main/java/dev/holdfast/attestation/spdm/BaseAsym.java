package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.crypto.Signatures;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Optional;

/** The algorithm of a device's signatures (DSP0274, ALGORITHMS, BaseAsymSel). */
public enum BaseAsym {
  /** TPM_ALG_RSASSA_2048. */
  RSASSA_2048(1, Scheme.RSASSA, 2048, 256),
  /** TPM_ALG_RSAPSS_2048. */
  RSAPSS_2048(1 << 1, Scheme.RSAPSS, 2048, 256),
  /** TPM_ALG_RSASSA_3072. */
  RSASSA_3072(1 << 2, Scheme.RSASSA, 3072, 384),
  /** TPM_ALG_RSAPSS_3072. */
  RSAPSS_3072(1 << 3, Scheme.RSAPSS, 3072, 384),
  /** TPM_ALG_ECDSA_ECC_NIST_P256. */
  ECDSA_P256(1 << 4, Scheme.ECDSA, 256, 64),
  /** TPM_ALG_RSASSA_4096. */
  RSASSA_4096(1 << 5, Scheme.RSASSA, 4096, 512),
  /** TPM_ALG_RSAPSS_4096. */
  RSAPSS_4096(1 << 6, Scheme.RSAPSS, 4096, 512),
  /** TPM_ALG_ECDSA_ECC_NIST_P384. */
  ECDSA_P384(1 << 7, Scheme.ECDSA, 384, 96),
  /** TPM_ALG_ECDSA_ECC_NIST_P521. */
  ECDSA_P521(1 << 8, Scheme.ECDSA, 521, 132);

  private enum Scheme {
    RSASSA,
    RSAPSS,
    ECDSA
  }

  private final long bit;
  private final Scheme scheme;
  private final int keyBits;
  private final int signatureBytes;

  BaseAsym(long bit, Scheme scheme, int keyBits, int signatureBytes) {
    this.bit = bit;
    this.scheme = scheme;
    this.keyBits = keyBits;
    this.signatureBytes = signatureBytes;
  }

  /** Its bit in BaseAsymAlgo and BaseAsymSel. */
  public long bit() {
    return bit;
  }

  /** Bytes of a signature; of ECDSA, r and s one after the other. */
  public int signatureBytes() {
    return signatureBytes;
  }

  /** Whether a key is one of this algorithm. */
  public boolean fits(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa -> scheme != Scheme.ECDSA && rsa.getModulus().bitLength() == keyBits;
      case ECPublicKey ec ->
          scheme == Scheme.ECDSA && ec.getParams().getCurve().getField().getFieldSize() == keyBits;
      default -> false;
    };
  }

  /** Whether the key signed the message, hashed with the given hash. */
  public boolean verifies(PublicKey key, BaseHash hash, Bytes message, Bytes signature) {
    if (signature.length() != signatureBytes || !fits(key)) {
      return false;
    }
    Signatures.Signed signed = new Signatures.Signed(key, hash.function(), message, signature);
    return switch (scheme) {
      case RSASSA -> Signatures.verifyRsa(signed);
      case RSAPSS -> Signatures.verifyRsaPss(signed);
      case ECDSA -> Signatures.verifyEcdsa(signed);
    };
  }

  /** The name by which Java's cryptography makes such a signature with a hash. */
  public String javaName(BaseHash hash) {
    String digest = hash.function().javaName().replace("-", "");
    return switch (scheme) {
      case RSASSA -> digest + "withRSA";
      case RSAPSS -> "RSASSA-PSS";
      case ECDSA -> digest + "withECDSAinP1363Format";
    };
  }

  /** The algorithm whose bit, and no other, is set. */
  public static Optional<BaseAsym> ofBit(long bit) {
    for (BaseAsym asym : values()) {
      if (asym.bit == bit) {
        return Optional.of(asym);
      }
    }
    return Optional.empty();
  }
}
