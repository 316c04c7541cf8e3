package dev.holdfast.attestation.spdm;

import java.util.Optional;
import java.util.OptionalInt;

/** How a device digests its measurements (DSP0274, ALGORITHMS, MeasurementHashAlgo). */
public enum MeasurementHash {
  /** Not at all: measurements are raw bit streams. */
  RAW(1, 0),
  /** TPM_ALG_SHA_256. */
  SHA_256(1 << 1, 32),
  /** TPM_ALG_SHA_384. */
  SHA_384(1 << 2, 48),
  /** TPM_ALG_SHA_512. */
  SHA_512(1 << 3, 64);

  private final long bit;
  private final int digestBytes;

  MeasurementHash(long bit, int digestBytes) {
    this.bit = bit;
    this.digestBytes = digestBytes;
  }

  /** Its bit in MeasurementHashAlgo. */
  public long bit() {
    return bit;
  }

  /** Bytes of a digest, if there are digests. */
  public OptionalInt digestBytes() {
    return digestBytes == 0 ? OptionalInt.empty() : OptionalInt.of(digestBytes);
  }

  /** The hash whose bit, and no other, is set. */
  public static Optional<MeasurementHash> ofBit(long bit) {
    for (MeasurementHash hash : values()) {
      if (hash.bit == bit) {
        return Optional.of(hash);
      }
    }
    return Optional.empty();
  }
}
