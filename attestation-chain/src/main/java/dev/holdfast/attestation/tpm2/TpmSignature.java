package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.Optional;

/** A TPM's signature as read (TPM 2.0 Part 2, 11.3.4, TPMT_SIGNATURE). */
public sealed interface TpmSignature {
  /** Most bytes accepted. */
  int MAX_BYTES = 2 * 1024;

  /** The hash of the scheme. */
  PcrBank hash();

  /** The scheme. */
  SignatureScheme scheme();

  /**
   * RSASSA-PKCS1-v1_5 or RSASSA-PSS.
   *
   * @param scheme which of the two
   * @param hash its hash
   * @param signature as long as the modulus
   */
  record Rsa(SignatureScheme scheme, PcrBank hash, Bytes signature) implements TpmSignature {}

  /**
   * ECDSA.
   *
   * @param hash its hash
   * @param r unsigned, most significant byte first
   * @param s unsigned, most significant byte first
   */
  record Ecdsa(PcrBank hash, Bytes r, Bytes s) implements TpmSignature {
    @Override
    public SignatureScheme scheme() {
      return SignatureScheme.ECDSA;
    }
  }

  /**
   * Reads a TPMT_SIGNATURE; empty where it says that there is none (TPM_ALG_NULL).
   *
   * @throws MalformedException if a byte is missing, wrong or left over
   */
  static Optional<TpmSignature> parse(Bytes bytes) {
    ByteCursor in = ByteCursor.bigEndian(bytes);
    int algorithm = in.u16("sigAlg");
    if (algorithm == SignatureScheme.ALG_NULL) {
      in.end("the signature");
      return Optional.empty();
    }
    SignatureScheme scheme =
        SignatureScheme.ofAlgorithm(algorithm)
            .orElseThrow(
                () -> new MalformedException("signature algorithm " + algorithm + " is not known"));
    int hashAlgorithm = in.u16("hash of the signature");
    PcrBank hash =
        PcrBank.ofAlgorithm(hashAlgorithm)
            .orElseThrow(() -> new MalformedException("hash " + hashAlgorithm + " is not known"));
    TpmSignature signature =
        switch (scheme) {
          case RSASSA, RSAPSS -> new Rsa(scheme, hash, in.sized16(512, "RSA signature"));
          case ECDSA ->
              new Ecdsa(hash, in.sized16(66, "signature r"), in.sized16(66, "signature s"));
        };
    in.end("the signature");
    return Optional.of(signature);
  }
}
