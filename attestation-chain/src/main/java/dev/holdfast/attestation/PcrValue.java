package dev.holdfast.attestation;

/**
 * A register with a value of its bank's length.
 *
 * @param pcr the register
 * @param digest the value
 */
public record PcrValue(Pcr pcr, Bytes digest) {
  /** Refuses a digest of another length than the bank's. */
  public PcrValue {
    if (digest.length() != pcr.bank().digestLength()) {
      throw new IllegalArgumentException(
          pcr.claim() + " has " + pcr.bank().digestLength() + " bytes, not " + digest.length());
    }
  }
}
