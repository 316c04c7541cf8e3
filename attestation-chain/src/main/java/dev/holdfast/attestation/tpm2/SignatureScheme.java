package dev.holdfast.attestation.tpm2;

import java.util.Optional;

/** A way for an attestation key to sign (TPM 2.0 Part 2, 11.2.1). */
public enum SignatureScheme {
  /** RSASSA-PKCS1-v1_5 (RFC 8017). */
  RSASSA(0x0014),
  /** RSASSA-PSS (RFC 8017), the salt as long as the hash. */
  RSAPSS(0x0016),
  /** ECDSA (FIPS 186-5). */
  ECDSA(0x0018);

  /** TPM_ALG_NULL. */
  static final int ALG_NULL = 0x0010;

  private final int algorithm;

  SignatureScheme(int algorithm) {
    this.algorithm = algorithm;
  }

  /** Its TPM_ALG_ID. */
  public int algorithm() {
    return algorithm;
  }

  /** The scheme of a TPM_ALG_ID. */
  static Optional<SignatureScheme> ofAlgorithm(int algorithm) {
    for (SignatureScheme scheme : values()) {
      if (scheme.algorithm == algorithm) {
        return Optional.of(scheme);
      }
    }
    return Optional.empty();
  }
}
