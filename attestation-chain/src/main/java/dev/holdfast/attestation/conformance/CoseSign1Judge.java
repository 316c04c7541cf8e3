package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.cose.CoseExpectation;
import dev.holdfast.attestation.cose.CoseSign1Verifier;
import java.util.Optional;
import java.util.Set;

/** Judges messages with one signer: format {@code cose-sign1}. */
public final class CoseSign1Judge implements Judge {
  @Override
  public String format() {
    return "cose-sign1";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("message", "key", "external_aad", "payload");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    CoseExpectation expectation = CoseExpectation.STRICT;
    Optional<Bytes> aad = inputs.optional("external_aad");
    if (aad.isPresent()) {
      expectation = expectation.withExternalAad(aad.get());
    }
    Optional<Bytes> payload = inputs.optional("payload");
    if (payload.isPresent()) {
      expectation = expectation.withDetachedPayload(payload.get());
    }
    return Answer.of(
        CoseSign1Verifier.verify(
            inputs.bytes("message"), Inputs.key(inputs.bytes("key"), "key"), expectation));
  }
}
