package dev.holdfast.attestation.policy;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * @param words what named claims that are words must be one of, at most 64; such as what a manifest
 *     endorses, {@code endorsed/psa/certification/name}
 */
public record TeeRules(
    boolean debugAllowed,
    List<TcbWaiver> tcbWaivers,
    boolean vcekRequired,
    boolean provisionalFirmwareAllowed,
    int vmplMax,
    boolean siteAttestationRequired,
    SortedMap<String, Long> versionFloors,
    SortedMap<String, Set<String>> words) {
  private static final int WAIVERS_MAX = 16;
  private static final int FLOORS_MAX = 64;
  private static final int VMPL_MOST = 3;

  /** The strict rules: no debugging, up to date, firmware committed, VMPL 0. */
  public static final TeeRules STRICT =
      new TeeRules(false, List.of(), false, false, 0, false, new TreeMap<>());

  /** Rules without demands for words. */
  public TeeRules(
      boolean debugAllowed,
      List<TcbWaiver> tcbWaivers,
      boolean vcekRequired,
      boolean provisionalFirmwareAllowed,
      int vmplMax,
      boolean siteAttestationRequired,
      SortedMap<String, Long> versionFloors) {
    this(
        debugAllowed,
        tcbWaivers,
        vcekRequired,
        provisionalFirmwareAllowed,
        vmplMax,
        siteAttestationRequired,
        versionFloors,
        new TreeMap<>());
  }

  /** The same with demands for words. */
  public TeeRules withWords(Map<String, Set<String>> demanded) {
    return new TeeRules(
        debugAllowed,
        tcbWaivers,
        vcekRequired,
        provisionalFirmwareAllowed,
        vmplMax,
        siteAttestationRequired,
        versionFloors,
        new TreeMap<>(demanded));
  }

  /** Copies the collections; refuses what is out of range. */
  public TeeRules {
    tcbWaivers = List.copyOf(tcbWaivers);
    versionFloors = Collections.unmodifiableSortedMap(new TreeMap<>(versionFloors));
    SortedMap<String, Set<String>> copy = new TreeMap<>();
    words.forEach((claim, allowed) -> copy.put(claim, Set.copyOf(allowed)));
    words = Collections.unmodifiableSortedMap(copy);
    if (words.size() > FLOORS_MAX) {
      throw new IllegalArgumentException("at most 64 demands for words");
    }
    if (words.values().stream().anyMatch(Set::isEmpty)) {
      throw new IllegalArgumentException("a demand for words allows at least one");
    }
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
