package dev.holdfast.attestation.collateral;

import dev.holdfast.attestation.Bytes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One level of a platform and what is said of it (PCS API 4, tcbLevels of TCB info).
 *
 * @param sgxComponents the 16 lowest security versions of the SGX components
 * @param pceSvn the lowest security version of the PCE, 0 to 65535
 * @param tdxComponents the 16 lowest security versions of the TDX components, where it is about TDX
 * @param tcbDate when all updates for it were out
 * @param status what is said of it
 * @param advisories the advisories that concern it, such as {@code INTEL-SA-00615}
 */
public record TcbLevel(
    Bytes sgxComponents,
    int pceSvn,
    Optional<Bytes> tdxComponents,
    Instant tcbDate,
    TcbStatus status,
    List<String> advisories) {
  /** Components of a level. */
  public static final int COMPONENTS = 16;

  /** Refuses another number of components; copies the list. */
  public TcbLevel {
    if (sgxComponents.length() != COMPONENTS
        || tdxComponents.map(Bytes::length).orElse(COMPONENTS) != COMPONENTS) {
      throw new IllegalArgumentException("a level has " + COMPONENTS + " components");
    }
    advisories = List.copyOf(advisories);
  }

  /** Whether a platform of these versions has this level at least. */
  public boolean reachedBy(Bytes components, int platformPceSvn) {
    return reaches(components, sgxComponents, 0) && platformPceSvn >= pceSvn;
  }

  /** Whether TDX components reach those of the level, from the given one on. */
  public boolean reachedByTdx(Bytes components, int from) {
    return tdxComponents.map(lowest -> reaches(components, lowest, from)).orElse(false);
  }

  private static boolean reaches(Bytes components, Bytes lowest, int from) {
    for (int i = from; i < COMPONENTS; i++) {
      if (components.at(i) < lowest.at(i)) {
        return false;
      }
    }
    return true;
  }
}
