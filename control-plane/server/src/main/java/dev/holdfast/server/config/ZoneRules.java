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
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is trusted in one trust zone, and how capacity is reserved in it.
 *
 * @param name the zone
 * @param trust who may vouch for evidence
 * @param present the revision in force
 * @param outgoing the revision before, while a roll-out lasts
 * @param allocation how capacity is reserved
 * @param control how reservations are adjusted to usage
 */
public record ZoneRules(
    TrustZoneName name,
    ZoneTrust trust,
    PolicyRevision present,
    Optional<Outgoing> outgoing,
    AllocationRules allocation,
    ControlRules control) {
  /**
   * A revision that is still valid beside the one in force.
   *
   * @param revision the revision
   * @param until when it ends
   */
  public record Outgoing(PolicyRevision revision, Instant until) {}

  /** What evidence must show, by the revision in force. */
  public Policy policy() {
    return present.policy();
  }

  /** What evidence is compared with, by the revision in force. */
  public ReferenceValues references() {
    return present.references();
  }

  /** What certificates of TPM endorsement keys must lead to, by the revision in force. */
  public CertificatePath.Anchors endorsement() {
    return present.revocationRequired()
        ? trust.endorsement().requiringRevocation()
        : trust.endorsement();
  }

  /** The registers that a quote of the role must cover; none where the role has no rules. */
  public List<PcrSelection> selections(Role role) {
    return policy().rules(role).map(RoleRules::pcrSelections).orElse(List.of());
  }
}
