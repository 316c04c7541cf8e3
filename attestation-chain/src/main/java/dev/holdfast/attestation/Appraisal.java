package dev.holdfast.attestation;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The verdict on one node's evidence under one revision of a policy.
 *
 * @param node the node
 * @param role what it does
 * @param findings why, worst first; at most 256
 * @param evidenceDigest SHA-256 of the evidence bundle as received
 * @param policy the policy applied
 * @param appraisedAt when
 * @param expiresAt when it stops being valid; never before {@code appraisedAt}
 * @param claims what the evidence proved; empty if it was rejected
 * @param answered the challenge that the evidence was proven to answer; empty if it was rejected
 */
public record Appraisal(
    NodeName node,
    Role role,
    List<Finding> findings,
    Bytes evidenceDigest,
    PolicyName policy,
    Instant appraisedAt,
    Instant expiresAt,
    List<Claim> claims,
    Optional<Nonce> answered) {
  /** Sorts the findings and checks that what proves nothing affirms nothing. */
  public Appraisal {
    findings =
        findings.stream()
            .sorted(Comparator.comparing(Finding::verdict).reversed())
            .limit(Verification.Rejected.FINDINGS_MAX)
            .toList();
    claims = List.copyOf(claims);
    if (evidenceDigest.length() != Sha256.LENGTH) {
      throw new IllegalArgumentException("the evidence digest has 32 bytes");
    }
    if (expiresAt.isBefore(appraisedAt)) {
      throw new IllegalArgumentException("an appraisal cannot expire before it was made");
    }
    if (answered.isEmpty() && worst(findings) != Verdict.CONTRAINDICATED) {
      throw new IllegalArgumentException("what answers no challenge is contraindicated");
    }
  }

  /** The outcome: that of the worst finding, affirming without any. */
  public Verdict verdict() {
    return worst(findings);
  }

  private static Verdict worst(List<Finding> findings) {
    return findings.stream().map(Finding::verdict).reduce(Verdict.AFFIRMING, Verdict::worse);
  }
}
