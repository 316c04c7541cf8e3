package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.collateral.CollateralParser;
import dev.holdfast.attestation.collateral.CollateralVerifier;
import dev.holdfast.attestation.collateral.Reading;
import dev.holdfast.attestation.collateral.TcbInfo;
import java.util.Set;

/** Judges cases of the format {@code tcb-info}. */
public final class TcbInfoJudge implements Judge {
  private static final String DOCUMENT = "tcb_info";

  @Override
  public String format() {
    return "tcb-info";
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
      return switch (CollateralParser.tcbInfo(inputs.bytes(DOCUMENT))) {
        case Reading.Legible<TcbInfo> legible ->
            new Answer.Accepted(legible.content().levels().size() + " levels");
        case Reading.Illegible<TcbInfo> illegible -> Answer.of(illegible.finding());
      };
    }
    DcapInputs dcap = new DcapInputs(inputs);
    return switch (CollateralVerifier.verifyTcbInfo(
        dcap.signed(DOCUMENT), inputs.optional("root_crl"), dcap.anchors(), question.at())) {
      case CollateralVerifier.Believed<TcbInfo> believed ->
          new Answer.Accepted("believed until " + believed.notAfter());
      case CollateralVerifier.Disbelieved<TcbInfo> disbelieved ->
          Answer.of(disbelieved.findings().getFirst());
    };
  }
}
