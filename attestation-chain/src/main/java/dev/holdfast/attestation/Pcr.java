package dev.holdfast.attestation;

/**
 * A platform configuration register.
 *
 * @param bank the bank
 * @param index 0 to 23
 */
public record Pcr(PcrBank bank, int index) implements Register, Comparable<Pcr> {
  /** Registers of a bank (PC Client Platform TPM Profile). */
  public static final int COUNT = 24;

  /** Refuses an index out of range. */
  public Pcr {
    if (index < 0 || index >= COUNT) {
      throw new IllegalArgumentException("registers are numbered 0 to 23, not " + index);
    }
  }

  @Override
  public int logIndex() {
    return index;
  }

  /** The name of the claim about it, such as {@code pcr/sha256/7}. */
  @Override
  public String claim() {
    return "pcr/" + bank.label() + "/" + index;
  }

  @Override
  public int compareTo(Pcr other) {
    int byBank = bank.compareTo(other.bank);
    return byBank != 0 ? byBank : Integer.compare(index, other.index);
  }
}
