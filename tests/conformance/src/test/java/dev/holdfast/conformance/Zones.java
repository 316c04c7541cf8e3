package dev.holdfast.conformance;

import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.config.ZoneTrust;

/** The rules of a zone with one part changed. */
final class Zones {
  private Zones() {}

  /** The same under another revision of the policy. */
  static ZoneRules under(PolicyRevision revision, ZoneRules zone) {
    return new ZoneRules(
        zone.name(), zone.trust(), revision, zone.outgoing(), zone.allocation(), zone.control());
  }

  /** The same, but trusting others. */
  static ZoneRules trusting(ZoneTrust trust, ZoneRules zone) {
    return new ZoneRules(
        zone.name(), trust, zone.present(), zone.outgoing(), zone.allocation(), zone.control());
  }
}
