package dev.holdfast.attestation.result;

import java.security.PrivateKey;
import java.security.Provider;
import java.security.interfaces.ECKey;
import java.util.Optional;

/**
 * Who signs attestation results, and with what.
 *
 * @param developer who vouches for the verifier, as {@code ear.verifier-id} names it
 * @param build which build of it
 * @param keyId names the key in the header, such as a digest of its public half
 * @param privateKey a P-256 key; may sit in a token and show nothing of itself
 * @param provider the provider that signs with it; empty for the one that the key belongs to
 */
public record ResultSigner(
    String developer,
    String build,
    String keyId,
    PrivateKey privateKey,
    Optional<Provider> provider) {
  private static final int P256_BITS = 256;

  /** Refuses a key of another curve, as far as the key tells. */
  public ResultSigner {
    if (privateKey instanceof ECKey key && key.getParams().getOrder().bitLength() != P256_BITS) {
      throw new IllegalArgumentException("results are signed by ES256, with a P-256 key");
    }
  }

  /** Says nothing of the key. */
  @Override
  public String toString() {
    return "signer " + keyId;
  }
}
