package dev.holdfast.pam.plan;

import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that a placement is decided on, as read at one revision of the ledger.
 *
 * @param nodes what each node has and what is held of it
 * @param pathways the pathways that may be chosen
 * @param tenants what each tenant may hold and does hold
 */
public record Snapshot(
    Map<NodeName, NodeRoom> nodes,
    List<PathwayStanding> pathways,
    Map<TenantName, TenantRoom> tenants) {
  /** Copies. */
  public Snapshot {
    nodes = Map.copyOf(nodes);
    pathways = List.copyOf(pathways);
    tenants = Map.copyOf(tenants);
  }

  /**
   * What one node has.
   *
   * @param role what it does, and so which resources it allots
   * @param capacity all of it
   * @param held what reservations hold of it; may exceed the capacity if that shrank
   */
  public record NodeRoom(Role role, ResourceVector capacity, ResourceVector held) {
    /** What is not held. */
    public ResourceVector free() {
      return capacity.saturatingMinus(held);
    }
  }

  /**
   * How one pathway stands.
   *
   * @param pathway its hops
   * @param tenant whose it is; empty if it serves all tenants
   * @param chain its current chain; empty if it was never attested
   */
  public record PathwayStanding(
      Pathway pathway, Optional<TenantName> tenant, Optional<CurrentChain> chain) {}

  /**
   * What one tenant may hold.
   *
   * @param quota the most; may have come to be less than what is held
   * @param held what it holds
   */
  public record TenantRoom(ResourceVector quota, ResourceVector held) {
    /** What it may still hold. */
    public ResourceVector free() {
      return quota.saturatingMinus(held);
    }
  }

  /**
   * The resources that some pathway of a zone allots. What is metered beyond them, such as a rate
   * that no node of the zone limits, cannot be reserved there.
   */
  public Set<Resource> allotted(TrustZoneName zone) {
    Set<Resource> allotted = EnumSet.noneOf(Resource.class);
    for (PathwayStanding standing : pathways) {
      if (standing.pathway().name().zone().equals(zone)) {
        for (Hop hop : standing.pathway().hops()) {
          allotted.addAll(Resource.allottedBy(hop.role()));
        }
      }
    }
    return Collections.unmodifiableSet(allotted);
  }

  /**
   * The same after more is held on a pathway.
   *
   * @throws IllegalArgumentException if the pathway, one of its nodes or the tenant is not in it
   */
  public Snapshot plus(TenantName tenant, Pathway pathway, ResourceVector amount) {
    Map<NodeName, NodeRoom> moreNodes = new HashMap<>(nodes);
    for (Hop hop : pathway.hops()) {
      NodeRoom room = nodes.get(hop.node());
      if (room == null) {
        throw new IllegalArgumentException(hop.node() + " is not in the snapshot");
      }
      ResourceVector counted = amount.restrictedTo(Resource.allottedBy(room.role()));
      moreNodes.put(
          hop.node(), new NodeRoom(room.role(), room.capacity(), room.held().plus(counted)));
    }
    TenantRoom room = tenants.get(tenant);
    if (room == null) {
      throw new IllegalArgumentException(tenant + " is not in the snapshot");
    }
    Map<TenantName, TenantRoom> moreTenants = new HashMap<>(tenants);
    moreTenants.put(tenant, new TenantRoom(room.quota(), room.held().plus(amount)));
    return new Snapshot(moreNodes, pathways, moreTenants);
  }
}
