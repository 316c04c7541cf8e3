package dev.holdfast.attestation.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import dev.holdfast.attestation.result.EarExpectation;
import dev.holdfast.attestation.result.EarVerifier;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Judges attestation results: format {@code ear}, as JWT or CWT. */
public final class EarJudge implements Judge {
  @Override
  public String format() {
    return "ear";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.VERIFY_RESULT, Operation.PARSE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("result", "key", "claims");
  }

  @Override
  public Set<String> policyMembers() {
    return Set.of("algorithms");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    if (question.operation() == Operation.PARSE) {
      Bytes claims = inputs.bytes("claims");
      EarVerifier.Reading reading =
          isText(claims) ? EarVerifier.jsonClaims(claims) : EarVerifier.cborClaims(claims);
      return switch (reading) {
        case EarVerifier.Legible legible ->
            new Answer.Accepted(legible.ear().submodules().size() + " submodules read");
        case EarVerifier.Refused(List<Finding> findings) -> Answer.of(findings.getFirst());
      };
    }
    Bytes result = inputs.bytes("result");
    PublicKey key = Inputs.key(inputs.bytes("key"), "key");
    // Results of other verifiers may leave their end open: the draft does not ask for one.
    EarExpectation expectation =
        EarExpectation.STRICT.withExpiryOptional().withAlgorithms(algorithms(inputs.policy()));
    EarVerifier.Result verified =
        isText(result)
            ? EarVerifier.jwt(text(result).strip(), key, expectation, question.at())
            : EarVerifier.cwt(result, key, expectation, question.at());
    return switch (verified) {
      case EarVerifier.Genuine genuine ->
          new Answer.Accepted(genuine.ear().submodules().size() + " submodules appraised");
      case EarVerifier.Refused(List<Finding> findings) -> Answer.of(findings.getFirst());
    };
  }

  /** A name that is not known allows nothing more. */
  private static Set<CoseAlgorithm> algorithms(JsonNode policy) {
    if (!policy.has("algorithms")) {
      return EarExpectation.STRICT.algorithms();
    }
    Set<CoseAlgorithm> algorithms = EnumSet.noneOf(CoseAlgorithm.class);
    for (JsonNode name : policy.get("algorithms")) {
      EarVerifier.algorithm(name.asText("")).ifPresent(algorithms::add);
    }
    return algorithms;
  }

  /** No CWT, and no claims in CBOR, begin with a character that a JWT or JSON begins with. */
  private static boolean isText(Bytes bytes) {
    String text = text(bytes).stripLeading();
    return !text.isEmpty() && text.charAt(0) < 0x80;
  }

  private static String text(Bytes bytes) {
    return new String(bytes.toByteArray(), StandardCharsets.UTF_8);
  }
}
