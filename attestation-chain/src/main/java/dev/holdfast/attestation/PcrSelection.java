package dev.holdfast.attestation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Registers of one bank.
 *
 * @param bank the bank
 * @param indexes 0 to 23, ascending, without repeats; empty for none
 */
public record PcrSelection(PcrBank bank, List<Integer> indexes) {
  /** Refuses indexes out of range or out of order. */
  public PcrSelection {
    indexes = List.copyOf(indexes);
    int previous = -1;
    for (int index : indexes) {
      if (index <= previous || index >= Pcr.COUNT) {
        throw new IllegalArgumentException(
            "a selection lists registers 0 to 23 in ascending order without repeats");
      }
      previous = index;
    }
  }

  /** A selection of the given registers. */
  public static PcrSelection of(PcrBank bank, int... indexes) {
    return new PcrSelection(bank, Arrays.stream(indexes).boxed().toList());
  }

  /** The registers. */
  public List<Pcr> pcrs() {
    List<Pcr> pcrs = new ArrayList<>(indexes.size());
    for (int index : indexes) {
      pcrs.add(new Pcr(bank, index));
    }
    return List.copyOf(pcrs);
  }

  /** Such as {@code sha256:0,1,7}, as tpm2-tools write it. */
  @Override
  public String toString() {
    return bank.label()
        + ":"
        + indexes.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
