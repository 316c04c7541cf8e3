package dev.holdfast.conformance;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.tpm2.PaperTpm;
import dev.holdfast.proto.attestation.v1.EvidenceBundle;
import dev.holdfast.proto.attestation.v1.RuntimeMetrics;
import dev.holdfast.proto.attestation.v1.Tpm2Quote;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * How a node answers a challenge: honestly, or with one part changed.
 *
 * @param channel which key the evidence binds and names, of the channel's own
 * @param metrics what becomes of the metrics before they are bound
 * @param selections which registers are quoted
 * @param quote what becomes of the quote before it is signed
 * @param statement what becomes of the statement after that
 * @param bundle what becomes of the whole before it is sent
 * @param signer another key that signs
 * @param replay these bytes instead of an answer
 * @param silent no answer at all
 */
record Manner(
    UnaryOperator<ByteString> channel,
    UnaryOperator<RuntimeMetrics.Builder> metrics,
    UnaryOperator<List<PcrSelection>> selections,
    UnaryOperator<PaperTpm.Quote> quote,
    UnaryOperator<Tpm2Quote.Builder> statement,
    UnaryOperator<EvidenceBundle.Builder> bundle,
    Optional<PaperTpm> signer,
    Optional<ByteString> replay,
    boolean silent) {
  /** As the node's own software does. */
  static final Manner HONEST =
      new Manner(
          UnaryOperator.identity(),
          UnaryOperator.identity(),
          UnaryOperator.identity(),
          UnaryOperator.identity(),
          UnaryOperator.identity(),
          UnaryOperator.identity(),
          Optional.empty(),
          Optional.empty(),
          false);

  /** No answer. */
  static final Manner SILENT =
      new Manner(
          HONEST.channel,
          HONEST.metrics,
          HONEST.selections,
          HONEST.quote,
          HONEST.statement,
          HONEST.bundle,
          Optional.empty(),
          Optional.empty(),
          true);

  /** As the software of another machine does, whose channel has that key. */
  static Manner elsewhere(ByteString channelKey, UnaryOperator<EvidenceBundle.Builder> change) {
    return new Manner(
        _ -> channelKey,
        HONEST.metrics,
        HONEST.selections,
        HONEST.quote,
        HONEST.statement,
        change,
        Optional.empty(),
        Optional.empty(),
        false);
  }

  static Manner metrics(UnaryOperator<RuntimeMetrics.Builder> change) {
    return new Manner(
        HONEST.channel,
        change,
        HONEST.selections,
        HONEST.quote,
        HONEST.statement,
        HONEST.bundle,
        Optional.empty(),
        Optional.empty(),
        false);
  }

  static Manner quoting(PcrSelection... selections) {
    return new Manner(
        HONEST.channel,
        HONEST.metrics,
        _ -> List.of(selections),
        HONEST.quote,
        HONEST.statement,
        HONEST.bundle,
        Optional.empty(),
        Optional.empty(),
        false);
  }

  static Manner quote(UnaryOperator<PaperTpm.Quote> change) {
    return new Manner(
        HONEST.channel,
        HONEST.metrics,
        HONEST.selections,
        change,
        HONEST.statement,
        HONEST.bundle,
        Optional.empty(),
        Optional.empty(),
        false);
  }

  static Manner statement(UnaryOperator<Tpm2Quote.Builder> change) {
    return new Manner(
        HONEST.channel,
        HONEST.metrics,
        HONEST.selections,
        HONEST.quote,
        change,
        HONEST.bundle,
        Optional.empty(),
        Optional.empty(),
        false);
  }

  static Manner bundle(UnaryOperator<EvidenceBundle.Builder> change) {
    return new Manner(
        HONEST.channel,
        HONEST.metrics,
        HONEST.selections,
        HONEST.quote,
        HONEST.statement,
        change,
        Optional.empty(),
        Optional.empty(),
        false);
  }

  /** Other statements, bound to the answer as they should be. */
  static Manner stating(PaperGuest guest) {
    return bundle(
        bundle -> {
          Bytes binding =
              Binding.of(
                      new Nonce(PaperNode.bytes(bundle.getNonce())),
                      PaperNode.bytes(bundle.getRuntimeMetrics()),
                      PaperNode.bytes(bundle.getSessionPublicKey()))
                  .digest();
          return bundle.clearEvidence().addAllEvidence(guest.statements(binding));
        });
  }

  /** Another TPM's key signs; the statement is changed after that. */
  static Manner signedBy(PaperTpm other, UnaryOperator<Tpm2Quote.Builder> change) {
    return new Manner(
        HONEST.channel,
        HONEST.metrics,
        HONEST.selections,
        HONEST.quote,
        change,
        HONEST.bundle,
        Optional.of(other),
        Optional.empty(),
        false);
  }

  static Manner replaying(ByteString evidence) {
    return new Manner(
        HONEST.channel,
        HONEST.metrics,
        HONEST.selections,
        HONEST.quote,
        HONEST.statement,
        HONEST.bundle,
        Optional.empty(),
        Optional.of(evidence),
        false);
  }
}
