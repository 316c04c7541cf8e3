package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import java.util.List;

/**
 * A quote and what was sent beside it, as it came.
 *
 * @param quote at most 64 KiB
 * @param pckChain the PCK certificate and what leads to the root, DER or PEM, where the quote does
 *     not carry them; else empty
 * @param eventLog the guest's event log (CCEL), for TDX; empty where none was sent
 */
public record DcapEvidence(Bytes quote, List<Bytes> pckChain, Bytes eventLog) {
  /** Copies the list. */
  public DcapEvidence {
    pckChain = List.copyOf(pckChain);
  }

  /** A quote that carries its certificates. */
  public static DcapEvidence of(Bytes quote) {
    return new DcapEvidence(quote, List.of(), Bytes.EMPTY);
  }

  /** The same with certificates that the quote does not carry. */
  public DcapEvidence withPckChain(List<Bytes> chain) {
    return new DcapEvidence(quote, chain, eventLog);
  }

  /** The same with the guest's event log. */
  public DcapEvidence withEventLog(Bytes log) {
    return new DcapEvidence(quote, pckChain, log);
  }
}
