package dev.holdfast.attestation.verifier;

import dev.holdfast.attestation.collateral.DcapCollateral;
import java.util.List;

/**
 * What platforms are judged by, taken along offline; nothing is fetched.
 *
 * @param dcap one bundle for each kind of Intel platform; at most 64
 * @param evaluationDataNumberLeast the lowest tcbEvaluationDataNumber that is accepted: the highest
 *     one ever seen, so that nobody brings back what Intel has since corrected
 * @param amd for platforms whose answers bring no certificates along, and what theirs lack
 */
public record Collateral(
    List<DcapCollateral> dcap, long evaluationDataNumberLeast, AmdEndorsements amd) {
  private static final int BUNDLES_MAX = 64;

  /** None: platforms that need some are not trusted. */
  public static final Collateral NONE = new Collateral(List.of(), 0);

  /** For Intel platforms only. */
  public Collateral(List<DcapCollateral> dcap, long evaluationDataNumberLeast) {
    this(dcap, evaluationDataNumberLeast, AmdEndorsements.NONE);
  }

  /** Copies the list. */
  public Collateral {
    dcap = List.copyOf(dcap);
    if (dcap.size() > BUNDLES_MAX) {
      throw new IllegalArgumentException("at most 64 bundles of collateral");
    }
  }
}
