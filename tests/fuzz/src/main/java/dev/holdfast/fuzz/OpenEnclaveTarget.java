package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.openenclave.OpenEnclaveEvidence;
import dev.holdfast.attestation.openenclave.OpenEnclaveVerifier;
import java.util.List;
import java.util.Optional;

/** Open Enclave evidence: never an exception, and none without an anchor. */
final class OpenEnclaveTarget implements Target {
  @Override
  public Class<?> reader() {
    return OpenEnclaveEvidence.class;
  }

  @Override
  public List<Bytes> seeds() {
    Bytes quote = DcapSeeds.sgx();
    Bytes claims = Bytes.of(DcapSeeds.buffer(16).putLong(1).putLong(0).array());
    Bytes report =
        Bytes.of(DcapSeeds.buffer(16).putInt(1).putInt(2).putLong(quote.length()).array());
    Bytes header =
        Bytes.of(
            DcapSeeds.buffer(32)
                .putInt(3)
                .put(OpenEnclaveEvidence.Format.SGX_ECDSA.uuid().toByteArray())
                .putInt(0)
                .putLong(quote.length() + claims.length())
                .array());
    return List.of(Bytes.concat(report, quote), Bytes.concat(header, quote, claims));
  }

  /** One report, evidence or certificate. */
  @Override
  public void read(byte[] data) {
    switch (OpenEnclaveVerifier.verify(
        Bytes.of(data), Optional.empty(), DcapSeeds.EXPECTATION, DcapSeeds.AT, DcapMemory.none())) {
      case Outcome.Proven _ ->
          throw new IllegalStateException("evidence was proven without an anchor");
      case Outcome.Refused refused -> QuoteTarget.requireRead(refused.findings());
    }
  }
}
