package dev.holdfast.attestation.policy;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Verification;
import java.util.List;

/**
 * A site's own judgement beside the policy: a port for an external policy engine.
 *
 * <p>It can only add findings, so it can make a verdict worse and never better; one that throws
 * contraindicates.
 */
@FunctionalInterface
public interface PolicyEngine {
  /** One that has nothing to say. */
  PolicyEngine NONE = (_, _) -> List.of();

  /** All of several, one after the other. */
  static PolicyEngine all(List<PolicyEngine> engines) {
    List<PolicyEngine> asked = List.copyOf(engines);
    return (subject, verified) ->
        asked.stream().flatMap(engine -> engine.judge(subject, verified).stream()).toList();
  }

  /**
   * What speaks against the evidence, for all that the policy would accept.
   *
   * @param subject whose evidence it is, and when it is judged
   * @param verified what was proven
   */
  List<Finding> judge(Appraiser.Subject subject, Verification.Verified verified);
}
