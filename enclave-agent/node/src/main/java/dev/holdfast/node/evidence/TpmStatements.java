package dev.holdfast.node.evidence;

import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.node.tpm.SignedQuote;
import dev.holdfast.node.tpm.TpmAttester;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.EvidenceFormat;
import dev.holdfast.proto.attestation.v1.HashAlgorithm;
import dev.holdfast.proto.attestation.v1.PcrValue;
import dev.holdfast.proto.attestation.v1.Tpm2Quote;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A TPM 2.0 that vouches by quotes. */
final class TpmStatements implements StatementSource {
  /** Where the kernel shows the firmware's event log. */
  private static final Path KERNEL_EVENT_LOG =
      Path.of("/sys/kernel/security/tpm0/binary_bios_measurements");

  private final TpmAttester tpm;
  private final Optional<Path> eventLog;

  TpmStatements(TpmAttester tpm, Optional<Path> eventLog) {
    this.tpm = tpm;
    this.eventLog = eventLog;
  }

  @Override
  public EvidenceFormat format() {
    return EvidenceFormat.EVIDENCE_FORMAT_TPM2_QUOTE;
  }

  @Override
  public Optional<TpmAttester> tpm() {
    return Optional.of(tpm);
  }

  @Override
  public Evidence statement(Binding binding, Challenge challenge) throws IOException {
    List<PcrSelection> selections = new ArrayList<>();
    try {
      for (var selection : challenge.getPcrSelectionsList()) {
        selections.add(new PcrSelection(bank(selection.getBank()), selection.getIndexesList()));
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("the challenge is malformed: " + e.getMessage(), e);
    }
    SignedQuote quote = tpm.quote(binding.digest(), selections);
    var statement =
        Tpm2Quote.newBuilder()
            .setAttest(Wire.bytes(quote.attest()))
            .setSignature(Wire.bytes(quote.signature()))
            .setTcgEventLog(Wire.eventLog(eventLog, KERNEL_EVENT_LOG))
            .setAkPublic(Wire.bytes(tpm.attestationKey()));
    quote
        .registers()
        .forEach(
            (pcr, value) ->
                statement.addPcrValues(
                    PcrValue.newBuilder()
                        .setBank(algorithm(pcr.bank()))
                        .setIndex(pcr.index())
                        .setDigest(Wire.bytes(value))));
    return Evidence.newBuilder().setTpm2Quote(statement).build();
  }

  private static PcrBank bank(HashAlgorithm algorithm) {
    return switch (algorithm) {
      case HASH_ALGORITHM_SHA1 -> PcrBank.SHA1;
      case HASH_ALGORITHM_SHA256 -> PcrBank.SHA256;
      case HASH_ALGORITHM_SHA384 -> PcrBank.SHA384;
      case HASH_ALGORITHM_SHA512 -> PcrBank.SHA512;
      case HASH_ALGORITHM_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException("a bank of registers is unknown");
    };
  }

  private static HashAlgorithm algorithm(PcrBank bank) {
    return switch (bank) {
      case SHA1 -> HashAlgorithm.HASH_ALGORITHM_SHA1;
      case SHA256 -> HashAlgorithm.HASH_ALGORITHM_SHA256;
      case SHA384 -> HashAlgorithm.HASH_ALGORITHM_SHA384;
      case SHA512 -> HashAlgorithm.HASH_ALGORITHM_SHA512;
    };
  }

  @Override
  public void close() {
    tpm.close();
  }
}
