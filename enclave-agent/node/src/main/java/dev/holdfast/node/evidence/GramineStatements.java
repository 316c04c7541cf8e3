package dev.holdfast.node.evidence;

import dev.holdfast.attestation.Binding;
import dev.holdfast.node.tee.GramineQuotes;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.EvidenceFormat;
import dev.holdfast.proto.attestation.v1.SgxQuote;
import java.io.IOException;

/** An SGX enclave of Gramine, around this very process, that vouches by quotes. */
final class GramineStatements implements StatementSource {
  private final GramineQuotes quotes;

  GramineStatements(GramineQuotes quotes) {
    this.quotes = quotes;
  }

  @Override
  public EvidenceFormat format() {
    return EvidenceFormat.EVIDENCE_FORMAT_SGX_QUOTE;
  }

  @Override
  public Evidence statement(Binding binding, Challenge challenge) throws IOException {
    return Evidence.newBuilder()
        .setSgxQuote(
            SgxQuote.newBuilder().setQuote(Wire.bytes(quotes.quote(Wire.reportData(binding)))))
        .build();
  }

  @Override
  public void close() {
    // Gramine's files belong to the process.
  }
}
