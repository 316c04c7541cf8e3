package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.dcap.DcapEvidence;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.dcap.Quote;
import dev.holdfast.attestation.sgx.SgxQuoteVerifier;
import java.util.List;
import java.util.Optional;

/** SGX quotes: never an exception, and no quote without an anchor. */
final class SgxQuoteTarget implements Target {
  @Override
  public Class<?> reader() {
    return Quote.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(DcapSeeds.sgx());
  }

  /** One quote. */
  @Override
  public void read(byte[] data) {
    switch (SgxQuoteVerifier.verify(
        DcapEvidence.of(Bytes.of(data)),
        Optional.empty(),
        DcapSeeds.EXPECTATION,
        DcapSeeds.AT,
        DcapMemory.none())) {
      case Outcome.Proven _ ->
          throw new IllegalStateException("a quote was proven without an anchor");
      case Outcome.Refused refused -> QuoteTarget.requireRead(refused.findings());
    }
  }
}
