package dev.holdfast.attestation;

import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * One node's place in a chain, bound to everything before it.
 *
 * @param previousDigest the digest of the link before, or {@link #root} for the first
 * @param digest see {@link #digestOf}
 * @param appraisal what it vouches for
 */
public record Link(Bytes previousDigest, Bytes digest, Appraisal appraisal) {
  private static final Bytes CHAIN_LABEL = Bytes.utf8("holdfast/chain/v1");
  private static final Bytes LINK_LABEL = Bytes.utf8("holdfast/link/v1");

  /** What the first link binds: SHA-256("holdfast/chain/v1" ‖ epoch ‖ SHA-256(pathway name)). */
  public static Bytes root(Epoch epoch, PathwayName pathway) {
    return Sha256.of(CHAIN_LABEL, epoch.value(), Sha256.of(pathway.toString()));
  }

  /**
   * What a link says of a node, without the findings and claims behind it.
   *
   * @param role what the node does
   * @param node which node
   * @param evidenceDigest SHA-256 of its evidence bundle
   * @param policy the policy applied
   * @param verdict the outcome
   * @param expiresAt when it ends, in whole seconds
   */
  public record Content(
      Role role,
      NodeName node,
      Bytes evidenceDigest,
      PolicyName policy,
      Verdict verdict,
      Instant expiresAt) {}

  /**
   * SHA-256("holdfast/link/v1" ‖ previous ‖ role, one byte ‖ SHA-256(node name) ‖ evidence digest ‖
   * SHA-256(policy) ‖ verdict, one byte ‖ expiry, seconds since 1970, eight bytes, big-endian).
   */
  public static Bytes digestOf(Bytes previous, Content content) {
    byte[] seconds =
        ByteBuffer.allocate(Long.BYTES).putLong(content.expiresAt().getEpochSecond()).array();
    return Sha256.of(
        LINK_LABEL,
        previous,
        content.role().asByte(),
        Sha256.of(content.node().toString()),
        content.evidenceDigest(),
        Sha256.of(content.policy().toString()),
        content.verdict().asByte(),
        Bytes.of(seconds));
  }

  /** The link of an appraisal behind another. */
  static Link after(Bytes previous, Appraisal appraisal) {
    Content content =
        new Content(
            appraisal.role(),
            appraisal.node(),
            appraisal.evidenceDigest(),
            appraisal.policy(),
            appraisal.verdict(),
            appraisal.expiresAt());
    return new Link(previous, digestOf(previous, content), appraisal);
  }
}
