package dev.holdfast.attestation.spdm;

import java.security.PublicKey;
import java.util.Optional;

/**
 * The algorithms of a signature.
 *
 * @param asym how it is made
 * @param hash what it is made over
 */
public record Suite(BaseAsym asym, BaseHash hash) {
  /**
   * The suite of SPDM 1.1 messages that come without their negotiation: the hash that is as strong
   * as the key. Empty for RSA, whose padding and hash nothing tells.
   */
  public static Optional<Suite> of(PublicKey key) {
    if (BaseAsym.ECDSA_P256.fits(key)) {
      return Optional.of(new Suite(BaseAsym.ECDSA_P256, BaseHash.SHA_256));
    }
    if (BaseAsym.ECDSA_P384.fits(key)) {
      return Optional.of(new Suite(BaseAsym.ECDSA_P384, BaseHash.SHA_384));
    }
    return BaseAsym.ECDSA_P521.fits(key)
        ? Optional.of(new Suite(BaseAsym.ECDSA_P521, BaseHash.SHA_512))
        : Optional.empty();
  }
}
