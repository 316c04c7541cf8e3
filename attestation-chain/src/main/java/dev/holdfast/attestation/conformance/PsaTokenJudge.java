package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.psa.Lifecycle;
import dev.holdfast.attestation.psa.PsaClaims;
import dev.holdfast.attestation.psa.PsaExpectation;
import dev.holdfast.attestation.psa.PsaTokenVerifier;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Judges PSA tokens: format {@code psa-token}. */
public final class PsaTokenJudge implements Judge {
  @Override
  public String format() {
    return "psa-token";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE, Operation.PARSE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("token", "key", "nonce", "claims");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    if (question.operation() == Operation.PARSE) {
      return Answer.of(PsaClaims.checkJson(inputs.bytes("claims")), "claims within their schema");
    }
    // The format of cases has no demand on the state of the platform.
    PsaExpectation expectation =
        PsaExpectation.STRICT.withLifecycles(EnumSet.allOf(Lifecycle.class));
    Optional<Bytes> nonce = inputs.optional("nonce");
    if (nonce.isPresent()) {
      expectation = expectation.withNonce(nonce.get());
    }
    return Answer.of(
        PsaTokenVerifier.verify(
            inputs.bytes("token"), Inputs.key(inputs.bytes("key"), "key"), expectation));
  }
}
