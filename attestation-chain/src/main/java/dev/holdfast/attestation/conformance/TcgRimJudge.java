package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.rim.RimVerifier;
import java.util.Set;

/** Reference integrity manifests of the TCG. */
public final class TcgRimJudge implements Judge {
  /** The judge. */
  public TcgRimJudge() {}

  @Override
  public String format() {
    return "tcg-rim";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("document", "anchors");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    return Answer.of(
        RimVerifier.verify(
            inputs.bytes("document"), SpdmMeasurementsJudge.anchors(inputs), question.at()));
  }
}
