package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.cca.CcaExpectation;
import dev.holdfast.attestation.cca.CcaTokenVerifier;
import dev.holdfast.attestation.psa.Lifecycle;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Judges Arm CCA tokens: format {@code cca-token}. */
public final class CcaTokenJudge implements Judge {
  @Override
  public String format() {
    return "cca-token";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE, Operation.PARSE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("token", "platform_key", "nonce", "claims");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    if (question.operation() == Operation.PARSE) {
      return Answer.of(
          CcaTokenVerifier.checkRealmJson(inputs.bytes("claims")), "claims within their schema");
    }
    // The format of cases has no demand on the state of the platform.
    CcaExpectation expectation =
        CcaExpectation.STRICT.withLifecycles(EnumSet.allOf(Lifecycle.class));
    Optional<Bytes> nonce = inputs.optional("nonce");
    if (nonce.isPresent()) {
      expectation = expectation.withChallenge(nonce.get());
    }
    return Answer.of(
        CcaTokenVerifier.verify(
            inputs.bytes("token"),
            Inputs.key(inputs.bytes("platform_key"), "platform_key"),
            expectation));
  }
}
