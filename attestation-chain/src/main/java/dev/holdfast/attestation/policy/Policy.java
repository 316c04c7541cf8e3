package dev.holdfast.attestation.policy;

import dev.holdfast.attestation.ChainRules;
import dev.holdfast.attestation.PolicyName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Verdict;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * One revision of what evidence must show, role by role. A role without rules trusts nothing.
 *
 * @param name which policy, which revision
 * @param roles the rules; a pathway must have each of these roles
 * @param clockSkewMax how far a clock may run ahead: 0 to 5 minutes
 */
public record Policy(PolicyName name, Map<Role, RoleRules> roles, Duration clockSkewMax) {
  /** The skew allowed where nothing is said. */
  public static final Duration CLOCK_SKEW_DEFAULT = Duration.ofSeconds(30);

  /** Copies the map; refuses a skew out of range. */
  public Policy {
    roles = Map.copyOf(roles);
    new ChainRules(Map.of(), clockSkewMax);
  }

  /** The rules of a role; empty means that nothing of that role is trusted. */
  public Optional<RoleRules> rules(Role role) {
    return Optional.ofNullable(roles.get(role));
  }

  /** What it asks of a chain as a whole. */
  public ChainRules chainRules() {
    Map<Role, Verdict> limits = new EnumMap<>(Role.class);
    roles.forEach((role, rules) -> limits.put(role, rules.verdictMax()));
    return new ChainRules(limits, clockSkewMax);
  }
}
