package dev.holdfast.server;

import dev.holdfast.attestation.PolicyName;
import dev.holdfast.attestation.Reason;
import dev.holdfast.server.config.ConfigException;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.rollback.HighestSeen;
import java.io.IOException;
import java.util.ArrayList;

/**
 * Keeps a server from starting with a policy that is older than one that it was started with: what
 * the newer one asked for would silently be asked for no more. What is remembered is {@code
 * policies/{zone}/revision} in the data directory.
 */
final class PolicyFloor {
  private PolicyFloor() {}

  /**
   * Remembers the revision of every zone's policy, or none of them.
   *
   * @throws ConfigException naming every zone whose policy is older
   * @throws IOException when what is remembered cannot be read or written
   */
  static void require(ServerConfig config) throws IOException {
    var revisions =
        new HighestSeen(config.data().resolve("policies"), "revision", "revision of its policy");
    var complaints = new ArrayList<String>();
    for (ZoneRules rules : config.zones().values()) {
      revisions.open(rules.name());
      PolicyName policy = rules.policy().name();
      long least = revisions.least(rules.name());
      if (policy.revision() < least) {
        complaints.add(
            "%s: trustZones.%s: %s is older than revision %d, which this server was started with. To go back to older rules, give them a revision above %d."
                .formatted(Reason.POLICY_ROLLBACK, rules.name().trustZone(), policy, least, least));
      }
    }
    if (!complaints.isEmpty()) {
      throw new ConfigException(complaints);
    }
    for (ZoneRules rules : config.zones().values()) {
      revisions.saw(rules.name(), rules.policy().name().revision());
    }
  }
}
