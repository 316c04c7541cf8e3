package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.collateral.CollateralMemory;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.PathMemory;
import java.util.Collection;

/**
 * What verifiers of quotes remember between two quotes: PCK paths and collateral, both bounded, and
 * both judged against the clock at each use. Safe for use by many threads.
 *
 * @param paths certificate paths
 * @param collateral bundles
 */
public record DcapMemory(PathMemory paths, CollateralMemory collateral) {
  private static final DcapMemory NONE = new DcapMemory(PathMemory.none(), CollateralMemory.none());

  /** Room for so many platforms, and so many kinds of platform. */
  public static DcapMemory of(int platformsMax, int bundlesMax) {
    return new DcapMemory(new PathMemory(platformsMax), new CollateralMemory(bundlesMax));
  }

  /** One that remembers nothing. */
  public static DcapMemory none() {
    return NONE;
  }

  /** Forgets collateral that rests on any other anchors than these, and all paths. */
  public void retain(Collection<CertificatePath.Anchors> anchors) {
    collateral.retain(anchors);
    paths.retain(anchors);
  }
}
