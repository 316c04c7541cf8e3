package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Bytes;

/**
 * What makes an enrolled node itself; it never changes.
 *
 * @param hardwareDigest SHA-256 of what identifies its hardware, 32 bytes
 * @param endorsementKey its TPM's endorsement key, TPMT_PUBLIC, up to 2 KiB; empty without a TPM
 * @param attestationKey the key that signs its evidence, up to 2 KiB; empty where there is none
 */
public record NodeIdentity(Bytes hardwareDigest, Bytes endorsementKey, Bytes attestationKey) {
  /** The longest public key, in bytes. */
  public static final int KEY_BYTES_MAX = 2048;

  public NodeIdentity {
    if (hardwareDigest.length() != 32
        || endorsementKey.length() > KEY_BYTES_MAX
        || attestationKey.length() > KEY_BYTES_MAX) {
      throw new IllegalArgumentException("an identity is a digest of 32 bytes and keys to 2 KiB");
    }
  }
}
