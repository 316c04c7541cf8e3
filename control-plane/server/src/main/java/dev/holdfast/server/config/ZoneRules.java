package dev.holdfast.server.config;

import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.pam.control.ControlRules;
import dev.holdfast.pam.plan.AllocationRules;
import java.util.List;

/**
 * What is trusted in one trust zone, and how capacity is reserved in it.
 *
 * @param name the zone
 * @param anchors what certificates of endorsement keys must lead to
 * @param policy what evidence must show
 * @param references what registers may hold
 * @param allocation how capacity is reserved
 * @param control how reservations are adjusted to usage
 */
public record ZoneRules(
    TrustZoneName name,
    CertificatePath.Anchors anchors,
    Policy policy,
    ReferenceValues references,
    AllocationRules allocation,
    ControlRules control) {
  /** The registers that a quote of the role must cover; none where the role has no rules. */
  public List<PcrSelection> selections(Role role) {
    return policy.rules(role).map(RoleRules::pcrSelections).orElse(List.of());
  }
}
