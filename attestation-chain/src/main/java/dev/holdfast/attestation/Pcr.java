package dev.holdfast.attestation;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A platform configuration register.
 *
 * @param bank the bank
 * @param index 0 to 23
 */
public record Pcr(PcrBank bank, int index) implements Register, Comparable<Pcr> {
  /** Registers of a bank (PC Client Platform TPM Profile). */
  public static final int COUNT = 24;

  private static final List<String> CLAIMS =
      Arrays.stream(PcrBank.values())
          .flatMap(
              bank ->
                  IntStream.range(0, COUNT).mapToObj(index -> "pcr/" + bank.label() + "/" + index))
          .toList();

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
    return CLAIMS.get(bank.place() * COUNT + index);
  }

  @Override
  public int compareTo(Pcr other) {
    int byBank = bank.compareTo(other.bank);
    return byBank != 0 ? byBank : Integer.compare(index, other.index);
  }
}
