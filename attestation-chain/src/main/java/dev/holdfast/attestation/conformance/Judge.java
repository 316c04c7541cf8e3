package dev.holdfast.attestation.conformance;

import java.util.Set;

/** What answers the questions about one format. */
public interface Judge {
  /** The format, such as {@code tdx-quote}. */
  String format();

  /** The operations that it can do. */
  Set<Operation> operations();

  /** The inputs that it judges; a question with any other is not answered. */
  Set<String> inputs();

  /** The members of the policy that it heeds; a question with any other is not answered. */
  default Set<String> policyMembers() {
    return Set.of();
  }

  /**
   * Answers a question about its format, of one of its operations, with none but its inputs.
   *
   * @throws CaseException if an input that it needs is missing or cannot be read as what it must be
   */
  Answer judge(Question question);
}
