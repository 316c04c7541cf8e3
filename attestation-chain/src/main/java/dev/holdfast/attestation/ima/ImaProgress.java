package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.util.EnumMap;
import java.util.Map;

/**
 * How far a list was believed: what the next part of it begins with.
 *
 * <p>Ends with the boot that it is of.
 *
 * @param entries how many entries of the boot's list lie behind
 * @param registers PCR 10 after them, for each bank
 */
public record ImaProgress(long entries, Map<PcrBank, Bytes> registers) {
  /** At the beginning of a boot: all registers at zero. */
  public static final ImaProgress BOOT = new ImaProgress(0, zeros());

  /** Copies the map; refuses a register of another length than its bank's. */
  public ImaProgress {
    registers = Map.copyOf(registers);
    registers.forEach(
        (bank, value) -> {
          if (value.length() != bank.digestLength()) {
            throw new IllegalArgumentException("PCR 10 has the length of its bank's digests");
          }
        });
    if (entries < 0) {
      throw new IllegalArgumentException("no list has fewer than no entries");
    }
  }

  private static Map<PcrBank, Bytes> zeros() {
    Map<PcrBank, Bytes> zeros = new EnumMap<>(PcrBank.class);
    for (PcrBank bank : PcrBank.values()) {
      zeros.put(bank, Bytes.of(new byte[bank.digestLength()]));
    }
    return zeros;
  }
}
