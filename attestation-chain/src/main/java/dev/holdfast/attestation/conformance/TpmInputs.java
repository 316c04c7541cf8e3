package dev.holdfast.attestation.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.util.ArrayList;
import java.util.List;

/** What cases about TPMs and their logs are made of: register values, lists of digests, keys. */
final class TpmInputs {
  private static final int INDEX_MAX = 23;

  private TpmInputs() {}

  /**
   * A value of a register as a case gives it.
   *
   * @param value of any length
   */
  record Given(PcrBank bank, int index, Bytes value) {}

  /** Reads {@code {bank: {index: hex}}}. */
  static List<Given> registers(JsonNode banks, String name) {
    List<Given> registers = new ArrayList<>();
    banks
        .properties()
        .forEach(
            bank ->
                bank.getValue()
                    .properties()
                    .forEach(
                        register ->
                            registers.add(
                                new Given(
                                    bank(bank.getKey(), name),
                                    index(register.getKey(), name),
                                    hex(register.getValue(), name)))));
    return registers;
  }

  /** The bank of a name such as sha256. */
  static PcrBank bank(String label, String name) {
    return PcrBank.ofLabel(label)
        .orElseThrow(() -> new CaseException("input " + name + " names no bank: " + label));
  }

  private static int index(String text, String name) {
    try {
      int index = Integer.parseInt(text);
      if (index >= 0 && index <= INDEX_MAX) {
        return index;
      }
    } catch (NumberFormatException notOne) {
      // Said below.
    }
    throw new CaseException("input " + name + " names no register: " + text);
  }

  /** Reads a text of hexadecimal digits. */
  static Bytes hex(JsonNode text, String name) {
    return Inputs.hex(text.asText(), name);
  }
}
