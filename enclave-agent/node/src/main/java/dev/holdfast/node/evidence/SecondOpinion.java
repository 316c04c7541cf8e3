package dev.holdfast.node.evidence;

import dev.holdfast.agent.openenclave.DifferentialCheck;
import dev.holdfast.agent.openenclave.EnclaveEvidence;
import dev.holdfast.agent.openenclave.OpenEnclave;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has both verifiers judge what the node's own enclave says, before it is sent: Holdfast's in Java,
 * which is PAM's too, and the SDK's. Whatever differs is logged for the operator, and what is sent
 * stays as it is: PAM judges for itself.
 */
final class SecondOpinion {
  private static final Logger LOG = LoggerFactory.getLogger(SecondOpinion.class);

  private final DifferentialCheck check;
  private final Anchors anchors;
  private final InstantSource clock;

  /**
   * One by these anchors.
   *
   * @param anchors what the quotes' certificates must lead to
   */
  SecondOpinion(OpenEnclave sdk, Anchors anchors, InstantSource clock) {
    this.check = new DifferentialCheck(sdk);
    this.anchors = anchors;
    this.clock = clock;
  }

  /** Judges, and logs what the operator should know. */
  DifferentialCheck.Comparison of(EnclaveEvidence made) {
    DifferentialCheck.Comparison comparison =
        check.verify(
            made.evidence(), made.endorsements(), DcapExpectation.strict(anchors), clock.instant());
    switch (comparison) {
      case DifferentialCheck.Same(Outcome.Proven _) ->
          LOG.debug("both verifiers believe the enclave's evidence");
      case DifferentialCheck.Same(Outcome.Refused refused) ->
          LOG.warn(
              "both verifiers refuse the enclave's evidence, and PAM will: {}",
              refused.findings().getFirst().message());
      case DifferentialCheck.Different different ->
          LOG.error(
              "two verifiers differ on the enclave's evidence: one of them has a fault, or their"
                  + " collateral is not the same. {}",
              different.words());
      case DifferentialCheck.NotCompared(Outcome _, String words) ->
          LOG.warn("the enclave's evidence was judged by one verifier only: {}", words);
    }
    return comparison;
  }
}
