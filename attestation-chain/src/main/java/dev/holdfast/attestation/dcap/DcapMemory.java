package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.collateral.CollateralMemory;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.PathMemory;
import java.util.Collection;

/**
 * What verifiers of quotes remember between two quotes: PCK paths, collateral and what certificates
 * say, all bounded, and all judged against the clock at each use. Safe for use by many threads.
 *
 * @param paths certificate paths
 * @param collateral bundles
 * @param certificates what stands in PCK certificates
 */
public record DcapMemory(PathMemory paths, CollateralMemory collateral, PckMemory certificates) {
  private static final DcapMemory NONE =
      new DcapMemory(PathMemory.none(), CollateralMemory.none(), new PckMemory(0));

  /** Room for so many platforms, and so many kinds of platform. */
  public static DcapMemory of(int platformsMax, int bundlesMax) {
    return new DcapMemory(
        new PathMemory(platformsMax),
        new CollateralMemory(bundlesMax),
        new PckMemory(platformsMax));
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
