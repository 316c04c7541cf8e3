package dev.holdfast.node.evidence;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.ima.ImaVerifier;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A TPM 2.0 that vouches by quotes, with the logs that explain its registers. */
final class TpmStatements implements StatementSource {
  private static final Logger LOG = LoggerFactory.getLogger(TpmStatements.class);

  /** Where the kernel shows the firmware's event log. */
  private static final Path KERNEL_EVENT_LOG =
      Path.of("/sys/kernel/security/tpm0/binary_bios_measurements");

  /** Where the kernel shows the files that it measured. */
  private static final Path KERNEL_IMA_LOG =
      Path.of("/sys/kernel/security/ima/binary_runtime_measurements");

  private final TpmAttester tpm;
  private final Optional<Path> eventLog;
  private final Optional<Path> imaLog;

  TpmStatements(TpmAttester tpm, Optional<Path> eventLog, Optional<Path> imaLog) {
    this.tpm = tpm;
    this.eventLog = eventLog;
    this.imaLog = imaLog;
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
            .setImaLog(files(quote))
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

  /**
   * The list of file measurements, where its register was quoted. It is read after the quote, and
   * so holds at least what the register accounts for.
   */
  private ByteString files(SignedQuote quote) throws IOException {
    if (quote.registers().keySet().stream().noneMatch(pcr -> pcr.index() == ImaVerifier.REGISTER)) {
      return ByteString.EMPTY;
    }
    int bytesMax = dev.holdfast.attestation.Evidence.Tpm2Quote.IMA_LOG_MAX_BYTES;
    ByteString list = Wire.log(imaLog, KERNEL_IMA_LOG, bytesMax);
    if (list.size() > bytesMax) {
      LOG.warn(
          "the list of file measurements is longer than 2 MiB, and not sent: let the kernel measure"
              + " fewer files, or start the machine anew");
      return ByteString.EMPTY;
    }
    return list;
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
