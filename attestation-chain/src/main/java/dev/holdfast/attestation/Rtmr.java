package dev.holdfast.attestation;

/**
 * A run-time measurement register of a TDX domain: SHA-384, from zero (Intel TDX Module 1.5 Base
 * Architecture Specification, 12.2.2).
 *
 * <p>Logs of confidential computing name it by one more than its number: 0 there is the build-time
 * measurement (UEFI 2.10, 38.4.1).
 *
 * @param index 0 to 3
 */
public record Rtmr(int index) implements Register, Comparable<Rtmr> {
  /** How many there are. */
  public static final int COUNT = 4;

  /** Refuses an index out of range. */
  public Rtmr {
    if (index < 0 || index >= COUNT) {
      throw new IllegalArgumentException("run-time registers are numbered 0 to 3, not " + index);
    }
  }

  @Override
  public PcrBank bank() {
    return PcrBank.SHA384;
  }

  @Override
  public int logIndex() {
    return index + 1;
  }

  @Override
  public String claim() {
    return "tdx/rtmr/" + index;
  }

  @Override
  public int compareTo(Rtmr other) {
    return Integer.compare(index, other.index);
  }
}
