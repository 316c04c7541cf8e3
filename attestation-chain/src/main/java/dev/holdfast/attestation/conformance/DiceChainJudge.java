package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.dice.DiceExpectation;
import dev.holdfast.attestation.dice.DiceVerifier;
import dev.holdfast.attestation.dice.OperationalFlag;
import java.util.Set;

/** Certificate chains of layered identities; what a layer says against itself is not judged. */
public final class DiceChainJudge implements Judge {
  private static final String REQUIRED = "leaf_fwid_required";

  /** The judge. */
  public DiceChainJudge() {}

  @Override
  public String format() {
    return "dice-chain";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.PATH);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("certificates", "anchors", "fwid");
  }

  @Override
  public Set<String> policyMembers() {
    return Set.of(REQUIRED);
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    DiceExpectation expectation =
        DiceExpectation.ofAnyDevice(SpdmMeasurementsJudge.anchors(inputs));
    for (OperationalFlag flag : OperationalFlag.values()) {
      expectation = expectation.withAllowed(flag);
    }
    boolean required = inputs.policy().path(REQUIRED).asBoolean(false);
    expectation =
        new DiceExpectation(
            expectation.anchors(),
            expectation.leafKey(),
            inputs.optional("fwid"),
            required,
            expectation.allowed());
    return Answer.of(
        DiceVerifier.verifyChain(inputs.list("certificates"), expectation, question.at()));
  }
}
