package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.collateral.TcbStatus;
import java.util.Set;

/**
 * Which states of a platform are good enough.
 *
 * <p>A status that is not accepted passes all the same where it names advisories and each of them
 * is waived: the site has dealt with these weaknesses, and will hear of the next one. Nothing
 * waives Revoked.
 *
 * @param collateralRequired whether a quote without collateral is refused; without it nothing is
 *     known of the platform's state, nor of revocations
 * @param accepted statuses that pass
 * @param waivedAdvisories advisories that the site has dealt with, such as {@code INTEL-SA-00615}
 * @param evaluationDataNumberLeast the lowest tcbEvaluationDataNumber that passes: the highest one
 *     ever seen, so that nobody brings back what Intel has since corrected
 */
public record TcbPolicy(
    boolean collateralRequired,
    Set<TcbStatus> accepted,
    Set<String> waivedAdvisories,
    long evaluationDataNumberLeast) {
  /** Collateral, and UpToDate. */
  public static final TcbPolicy STRICT =
      new TcbPolicy(true, Set.of(TcbStatus.UP_TO_DATE), Set.of(), 0);

  /** Copies the sets; refuses to accept what is revoked. */
  public TcbPolicy {
    accepted = Set.copyOf(accepted);
    waivedAdvisories = Set.copyOf(waivedAdvisories);
    if (accepted.contains(TcbStatus.REVOKED)) {
      throw new IllegalArgumentException("no policy accepts a platform that is revoked");
    }
  }

  /** The same with other statuses. */
  public TcbPolicy accepting(Set<TcbStatus> statuses) {
    return new TcbPolicy(collateralRequired, statuses, waivedAdvisories, evaluationDataNumberLeast);
  }

  /** The same with these advisories dealt with. */
  public TcbPolicy waiving(Set<String> advisories) {
    return new TcbPolicy(collateralRequired, accepted, advisories, evaluationDataNumberLeast);
  }

  /** The same with collateral no older than this number. */
  public TcbPolicy atLeast(long evaluationDataNumber) {
    return new TcbPolicy(collateralRequired, accepted, waivedAdvisories, evaluationDataNumber);
  }

  /** The same with quotes believed for their signatures alone where there is no collateral. */
  public TcbPolicy withoutCollateral() {
    return new TcbPolicy(false, accepted, waivedAdvisories, evaluationDataNumberLeast);
  }

  /** Whether what is said of a part may be passed over. */
  boolean waives(TcbState.Part part) {
    return part.status() != TcbStatus.REVOKED
        && !part.advisories().isEmpty()
        && waivedAdvisories.containsAll(part.advisories());
  }
}
