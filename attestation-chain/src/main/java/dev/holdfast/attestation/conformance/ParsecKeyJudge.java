package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.parsec.ParsecExpectation;
import dev.holdfast.attestation.parsec.ParsecKeyVerifier;
import dev.holdfast.attestation.tpm2.AttestationKey;
import java.util.Optional;
import java.util.Set;

/** Judges key attestations of Parsec by a TPM: format {@code parsec-tpm-key}. */
public final class ParsecKeyJudge implements Judge {
  @Override
  public String format() {
    return "parsec-tpm-key";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("token", "key", "nonce");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    ParsecExpectation expectation = ParsecExpectation.STRICT;
    Optional<Bytes> nonce = inputs.optional("nonce");
    if (nonce.isPresent()) {
      expectation = expectation.withNonce(nonce.get());
    }
    return switch (AttestationKey.trusted(Inputs.key(inputs.bytes("key"), "key"))) {
      case AttestationKey.Refused refused -> Answer.of(refused.findings().getFirst());
      case AttestationKey.Accepted(AttestationKey key) ->
          Answer.of(ParsecKeyVerifier.verify(inputs.bytes("token"), key, expectation));
    };
  }
}
