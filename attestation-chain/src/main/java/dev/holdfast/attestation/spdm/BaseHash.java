package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.util.Optional;

/** The hash of transcripts and certificates (DSP0274, ALGORITHMS, BaseHashSel). */
public enum BaseHash {
  /** TPM_ALG_SHA_256. */
  SHA_256(1, PcrBank.SHA256),
  /** TPM_ALG_SHA_384. */
  SHA_384(1 << 1, PcrBank.SHA384),
  /** TPM_ALG_SHA_512. */
  SHA_512(1 << 2, PcrBank.SHA512);

  private final long bit;
  private final PcrBank function;

  BaseHash(long bit, PcrBank function) {
    this.bit = bit;
    this.function = function;
  }

  /** Its bit in BaseHashAlgo and BaseHashSel. */
  public long bit() {
    return bit;
  }

  /** Bytes of a digest. */
  public int length() {
    return function.digestLength();
  }

  /** The hash function. */
  public PcrBank function() {
    return function;
  }

  /** The digest of all parts, one after the other. */
  public Bytes hash(Bytes... parts) {
    return function.hash(parts);
  }

  /** The hash whose bit, and no other, is set. */
  public static Optional<BaseHash> ofBit(long bit) {
    for (BaseHash hash : values()) {
      if (hash.bit == bit) {
        return Optional.of(hash);
      }
    }
    return Optional.empty();
  }
}
