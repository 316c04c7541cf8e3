package dev.holdfast.attestation.tpm2;

import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * What a platform certificate must show.
 *
 * @param endorsement the certificate of the endorsement key whose machine it must be about; empty
 *     where any will do
 * @param sha1Allowed whether it may be signed over SHA-1, as the first ones are
 */
public record PlatformExpectation(Optional<X509Certificate> endorsement, boolean sha1Allowed) {
  /** About any machine; SHA-256 or better. */
  public static final PlatformExpectation STRICT = new PlatformExpectation(Optional.empty(), false);

  /** The same about the machine of one endorsement key. */
  public PlatformExpectation withEndorsement(X509Certificate certificate) {
    return new PlatformExpectation(Optional.of(certificate), sha1Allowed);
  }

  /** The same, where SHA-1 is allowed. */
  public PlatformExpectation withSha1Allowed() {
    return new PlatformExpectation(endorsement, true);
  }
}
