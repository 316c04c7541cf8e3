package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.cmw.CmwParser;
import java.util.Set;

/** Judges conceptual message wrappers: format {@code cmw}. */
public final class CmwJudge implements Judge {
  @Override
  public String format() {
    return "cmw";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.PARSE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("wrapper");
  }

  @Override
  public Answer judge(Question question) {
    return switch (CmwParser.parse(question.inputs().bytes("wrapper"))) {
      case CmwParser.Legible(var wrapper) ->
          new Answer.Accepted(wrapper.messages().size() + " messages");
      case CmwParser.Illegible(var finding) -> Answer.of(finding);
    };
  }
}
