package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.Fault;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import java.util.List;

/** What a verifier says to a question. */
public sealed interface Answer {
  /** Why, in plain words. */
  String reason();

  /**
   * The evidence is good.
   *
   * @param reason what was proven
   */
  record Accepted(String reason) implements Answer {}

  /**
   * The evidence is not believed.
   *
   * @param fault the class of what is wrong
   * @param reason what is wrong
   */
  record Rejected(Fault fault, String reason) implements Answer {}

  /**
   * No verifier here answers this; never counted as agreement.
   *
   * @param reason which format, operation, input or policy member is not known
   */
  record Unsupported(String reason) implements Answer {}

  /** The answer for what verifying a statement came to. */
  static Answer of(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Proven proven -> new Accepted(proven.claims().size() + " claims proven");
      case Outcome.Refused refused -> of(refused.findings().getFirst());
    };
  }

  /** The answer for a check that proves nothing: a refusal for its first finding, if it has one. */
  static Answer of(List<Finding> findings, String accepted) {
    return findings.isEmpty() ? new Accepted(accepted) : of(findings.getFirst());
  }

  /** The refusal for a finding. */
  static Answer of(Finding finding) {
    return new Rejected(
        finding.reason().fault(), finding.reason().name() + ": " + finding.message());
  }
}
