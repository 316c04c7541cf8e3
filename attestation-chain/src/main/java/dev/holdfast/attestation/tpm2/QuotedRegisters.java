package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.Set;

/** Which registers a quote says that it covers, before anything of it is believed. */
public final class QuotedRegisters {
  private QuotedRegisters() {}

  /** The registers; none if the structure is no quote, or cannot be read. */
  public static Set<Pcr> of(Bytes attest) {
    try {
      return attest.length() > Attest.MAX_BYTES
          ? Set.of()
          : Attest.parse(attest, Attest.QUOTE)
              .quote()
              .map(quoted -> Set.copyOf(quoted.pcrs()))
              .orElse(Set.of());
    } catch (MalformedException unreadable) {
      return Set.of();
    }
  }
}
