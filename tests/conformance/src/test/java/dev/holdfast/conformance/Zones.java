package dev.holdfast.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.config.ZoneTrust;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The rules of a zone with one part changed. */
final class Zones {
  private Zones() {}

  /** The same under another revision of the policy. */
  static ZoneRules under(PolicyRevision revision, ZoneRules zone) {
    return new ZoneRules(
        zone.name(), zone.trust(), revision, zone.outgoing(), zone.allocation(), zone.control());
  }

  /** The same values, and these for every node of a role. */
  static ReferenceValues saying(ReferenceValues values, Role role, Map<String, Set<Bytes>> claims) {
    Map<Role, Map<String, Set<Bytes>>> byRole = new HashMap<>(values.byRole());
    Map<String, Set<Bytes>> ofRole = new HashMap<>(byRole.getOrDefault(role, Map.of()));
    ofRole.putAll(claims);
    byRole.put(role, ofRole);
    return new ReferenceValues(byRole, values.byNode(), values.devices(), values.manifests());
  }

  /** The same, but trusting others. */
  static ZoneRules trusting(ZoneTrust trust, ZoneRules zone) {
    return new ZoneRules(
        zone.name(), trust, zone.present(), zone.outgoing(), zone.allocation(), zone.control());
  }
}
