package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.sgx.SgxQuoteVerifier;
import java.util.Set;

/** Judges cases of the format {@code sgx-quote}. */
public final class SgxQuoteJudge implements Judge {
  @Override
  public String format() {
    return "sgx-quote";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE);
  }

  @Override
  public Set<String> inputs() {
    return DcapInputs.withCollateral(
        "quote", "anchors", "report_data", "bound_data", "event_log", "pck_chain");
  }

  @Override
  public Set<String> policyMembers() {
    return DcapInputs.POLICY;
  }

  @Override
  public Answer judge(Question question) {
    DcapInputs inputs = new DcapInputs(question.inputs());
    return Answer.of(
        SgxQuoteVerifier.verify(
            inputs.evidence(question.inputs().bytes("quote")),
            inputs.collateral(),
            inputs.expectation(),
            question.at(),
            DcapMemory.none()));
  }
}
