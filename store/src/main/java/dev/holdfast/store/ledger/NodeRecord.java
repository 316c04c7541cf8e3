package dev.holdfast.store.ledger;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Role;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import java.util.Optional;

/**
 * A node as the ledger knows it. Whether it is connected is not kept: that is true only of a
 * process.
 *
 * @param name its name
 * @param role what it does; never changes
 * @param tenant whose applications it runs: an enclave's, and nobody else's
 * @param capacityMax the most to allot on it, whatever it says; empty: what it says
 * @param capacityReported what it says it has
 * @param state how far it is trusted
 * @param identity empty until it is enrolled
 * @param certificateSerial of its newest certificate, lower-case hex; empty before
 * @param unschedulable whether to admit nothing more to it
 * @param edition raised by every change of what an operator sets; its etag
 */
public record NodeRecord(
    NodeName name,
    Role role,
    Optional<TenantName> tenant,
    Optional<ResourceVector> capacityMax,
    ResourceVector capacityReported,
    NodeState state,
    Optional<NodeIdentity> identity,
    String certificateSerial,
    boolean unschedulable,
    long edition) {
  public NodeRecord {
    if (tenant.isPresent() != (role == Role.ENCLAVE)) {
      throw new IllegalArgumentException("an enclave has a tenant, and no other role has one");
    }
    if (identity.isEmpty() && (state == NodeState.UNTRUSTED || state == NodeState.TRUSTED)) {
      throw new IllegalArgumentException("a node that is " + state + " has an identity");
    }
  }

  /** A node that was not enrolled yet. */
  public static NodeRecord created(
      NodeName name, Role role, Optional<TenantName> tenant, Optional<ResourceVector> capacityMax) {
    return new NodeRecord(
        name,
        role,
        tenant,
        capacityMax,
        ResourceVector.ZERO,
        NodeState.CREATED,
        Optional.empty(),
        "",
        false,
        1);
  }

  /** What there is to allot: the lesser of what it says and what the operator allows. */
  public ResourceVector capacity() {
    return capacityMax.map(capacityReported::min).orElse(capacityReported);
  }
}
