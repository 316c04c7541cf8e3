package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.collateral.CollateralParser;
import dev.holdfast.attestation.collateral.CollateralVerifier;
import dev.holdfast.attestation.collateral.QeIdentity;
import dev.holdfast.attestation.collateral.Reading;
import java.util.Set;

/** Judges cases of the format {@code qe-identity}. */
public final class QeIdentityJudge implements Judge {
  private static final String DOCUMENT = "qe_identity";

  @Override
  public String format() {
    return "qe-identity";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE, Operation.PARSE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of(DOCUMENT, DOCUMENT + "_chain", "anchors", "root_crl");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    if (question.operation() == Operation.PARSE) {
      return switch (CollateralParser.qeIdentity(inputs.bytes(DOCUMENT))) {
        case Reading.Legible<QeIdentity> legible ->
            new Answer.Accepted(legible.content().levels().size() + " levels");
        case Reading.Illegible<QeIdentity> illegible -> Answer.of(illegible.finding());
      };
    }
    DcapInputs dcap = new DcapInputs(inputs);
    return switch (CollateralVerifier.verifyQeIdentity(
        dcap.signed(DOCUMENT), inputs.optional("root_crl"), dcap.anchors(), question.at())) {
      case CollateralVerifier.Believed<QeIdentity> believed ->
          new Answer.Accepted("believed until " + believed.notAfter());
      case CollateralVerifier.Disbelieved<QeIdentity> disbelieved ->
          Answer.of(disbelieved.findings().getFirst());
    };
  }
}
