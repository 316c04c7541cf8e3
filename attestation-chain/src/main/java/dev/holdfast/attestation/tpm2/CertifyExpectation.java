package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import java.util.Optional;

/**
 * What a TPM's word about a key must show.
 *
 * @param qualifyingData what extraData must equal; empty where the word need not be fresh
 * @param sha1Allowed whether the key may be named by, and sign over, SHA-1
 */
public record CertifyExpectation(Optional<Bytes> qualifyingData, boolean sha1Allowed) {
  /** SHA-256 or better; fresh or not. */
  public static final CertifyExpectation STRICT = new CertifyExpectation(Optional.empty(), false);

  /** The same with a nonce that must be answered. */
  public CertifyExpectation withQualifyingData(Bytes data) {
    return new CertifyExpectation(Optional.of(data), sha1Allowed);
  }

  /** The same, where SHA-1 is allowed. */
  public CertifyExpectation withSha1Allowed() {
    return new CertifyExpectation(qualifyingData, true);
  }
}
