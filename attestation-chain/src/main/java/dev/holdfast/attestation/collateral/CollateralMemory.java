package dev.holdfast.attestation.collateral;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.x509.CertificatePath;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Collateral that was verified before, at most so many bundles, the least recently used forgotten
 * first. What is remembered depends on nothing but the bundle's bytes and the anchors; times are
 * judged at each use. Safe for use by many threads.
 */
public final class CollateralMemory {
  private static final CollateralMemory NONE = new CollateralMemory(0);

  private final int bundlesMax;
  private final Map<Key, VerifiedCollateral> bundles = new LinkedHashMap<>(16, 0.75f, true);

  /** Remembers at most so many bundles, of some 100 KiB each. */
  public CollateralMemory(int bundlesMax) {
    if (bundlesMax < 0) {
      throw new IllegalArgumentException("a memory has room for 0 bundles or more");
    }
    this.bundlesMax = bundlesMax;
  }

  /** One that remembers nothing. */
  public static CollateralMemory none() {
    return NONE;
  }

  private record Key(Bytes bundle, Bytes anchors) {}

  synchronized Optional<VerifiedCollateral> find(
      DcapCollateral collateral, CertificatePath.Anchors anchors) {
    return Optional.ofNullable(bundles.get(new Key(collateral.digest(), anchors.digest())));
  }

  synchronized void remember(
      DcapCollateral collateral, CertificatePath.Anchors anchors, VerifiedCollateral verified) {
    if (bundlesMax == 0) {
      return;
    }
    bundles.put(new Key(collateral.digest(), anchors.digest()), verified);
    if (bundles.size() > bundlesMax) {
      bundles.remove(bundles.keySet().iterator().next());
    }
  }

  /** Forgets what rests on any other anchors than these. */
  public synchronized void retain(Collection<CertificatePath.Anchors> anchors) {
    Set<Bytes> kept =
        anchors.stream().map(CertificatePath.Anchors::digest).collect(Collectors.toSet());
    bundles.keySet().removeIf(key -> !kept.contains(key.anchors()));
  }

  /** How many bundles are remembered. */
  public synchronized int size() {
    return bundles.size();
  }
}
