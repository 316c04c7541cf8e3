package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.openenclave.OpenEnclaveVerifier;
import java.util.Set;

/** Judges cases of the format {@code open-enclave}. */
public final class OpenEnclaveJudge implements Judge {
  @Override
  public String format() {
    return "open-enclave";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE);
  }

  @Override
  public Set<String> inputs() {
    return DcapInputs.withCollateral("evidence", "anchors", "report_data", "bound_data");
  }

  @Override
  public Set<String> policyMembers() {
    return DcapInputs.POLICY;
  }

  @Override
  public Answer judge(Question question) {
    DcapInputs inputs = new DcapInputs(question.inputs());
    return Answer.of(
        OpenEnclaveVerifier.verify(
            question.inputs().bytes("evidence"),
            inputs.collateral(),
            inputs.expectation(),
            question.at(),
            DcapMemory.none()));
  }
}
