package dev.holdfast.attestation.policy;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a trusted execution environment, or a device, must show beside its measurements.
 *
 * @param debugAllowed whether one that can be debugged is accepted
 * @param tcbWaivers states of the platform accepted although they are not up to date, at most 16
 * @param vcekRequired whether an SEV-SNP report must be signed by a chip's own key (VCEK)
 * @param provisionalFirmwareAllowed whether an SEV-SNP host may run firmware that it can still go
 *     back from (not committed)
 * @param vmplMax the least privileged level (VMPL) that may have asked for an SEV-SNP report: 0 to
 *     3
 * @param siteAttestationRequired whether the node must stand where physical access is controlled,
 *     as its protection does not resist an attacker at the bus
 * @param versionFloors the least value of named version claims, at most 64
 */
public record TeeRules(
    boolean debugAllowed,
    List<TcbWaiver> tcbWaivers,
    boolean vcekRequired,
    boolean provisionalFirmwareAllowed,
    int vmplMax,
    boolean siteAttestationRequired,
    SortedMap<String, Long> versionFloors) {
  private static final int WAIVERS_MAX = 16;
  private static final int FLOORS_MAX = 64;
  private static final int VMPL_MOST = 3;

  /** The strict rules: no debugging, up to date, firmware committed, VMPL 0. */
  public static final TeeRules STRICT =
      new TeeRules(false, List.of(), false, false, 0, false, new TreeMap<>());

  /** Copies the collections; refuses what is out of range. */
  public TeeRules {
    tcbWaivers = List.copyOf(tcbWaivers);
    versionFloors = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(versionFloors));
    if (tcbWaivers.size() > WAIVERS_MAX) {
      throw new IllegalArgumentException("at most 16 waivers");
    }
    if (vmplMax < 0 || vmplMax > VMPL_MOST) {
      throw new IllegalArgumentException("a VMPL is 0 to 3");
    }
    if (versionFloors.size() > FLOORS_MAX) {
      throw new IllegalArgumentException("at most 64 version floors");
    }
    for (Map.Entry<String, Long> floor : versionFloors.entrySet()) {
      if (floor.getValue() < 0) {
        throw new IllegalArgumentException("a version is not negative: " + floor.getKey());
      }
    }
  }
}
