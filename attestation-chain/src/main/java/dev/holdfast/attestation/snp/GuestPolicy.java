package dev.holdfast.attestation.snp;

import dev.holdfast.attestation.codec.MalformedException;

/**
 * What the guest's owner allowed at launch (SEV-SNP ABI, 4.3, table 9).
 *
 * @param bits the 64 bits as they stand
 */
public record GuestPolicy(long bits) {
  private static final int MUST_BE_ONE = 17;
  private static final int BITS = 26;

  /** Checks the reserved bits. */
  static GuestPolicy read(long bits) {
    GuestPolicy policy = new GuestPolicy(bits);
    if (!policy.bit(MUST_BE_ONE)) {
      throw new MalformedException("bit 17 of the guest policy must be 1");
    }
    if (bits >>> BITS != 0) {
      throw new MalformedException("bits 26 to 63 of the guest policy must be zero");
    }
    return policy;
  }

  /** The lowest minor version of the ABI that may run the guest. */
  public int abiMinor() {
    return (int) (bits & 0xff);
  }

  /** The lowest major version of the ABI that may run the guest. */
  public int abiMajor() {
    return (int) ((bits >> 8) & 0xff);
  }

  /** Whether it may run where a core has two threads. */
  public boolean smt() {
    return bit(16);
  }

  /** Whether a migration agent may be associated with it. */
  public boolean migrationAgent() {
    return bit(18);
  }

  /** Whether the host may read its memory to debug it. */
  public boolean debug() {
    return bit(19);
  }

  /** Whether it may run on one socket only. */
  public boolean singleSocket() {
    return bit(20);
  }

  /** Whether CXL may be populated with devices or memory. */
  public boolean cxl() {
    return bit(21);
  }

  /** Whether memory must be encrypted with AES-256-XTS. */
  public boolean memoryAes256Xts() {
    return bit(22);
  }

  /** Whether the metering of power must be off. */
  public boolean powerMeteringOff() {
    return bit(23);
  }

  /** Whether ciphertext must be hidden from the host. */
  public boolean ciphertextHiding() {
    return bit(24);
  }

  /** Whether pages may not be moved or swapped. */
  public boolean pageSwapOff() {
    return bit(25);
  }

  private boolean bit(int number) {
    return ((bits >>> number) & 1) != 0;
  }
}
