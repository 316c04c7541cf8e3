package dev.holdfast.store.ledger;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.plan.Snapshot;
import dev.holdfast.pam.reservation.Reservation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that decisions rest on, at one revision.
 *
 * <p>Its maps are views of one immutable image: they are in the order of the names, and finding one
 * entry does not read the others.
 *
 * @param revision the revision of all of it
 * @param nodes every node
 * @param pathways every pathway
 * @param chains the newest chain of each pathway that has one
 * @param reservations every reservation, ended ones included
 * @param heldOnNode what is held on each node where something ever was
 * @param heldByTenant what each tenant holds, where it ever did
 * @param unreadable the keys of rows that could not be read and were left out
 */
public record LedgerSnapshot(
    long revision,
    Map<NodeName, NodeRecord> nodes,
    Map<PathwayName, PathwayRecord> pathways,
    Map<PathwayName, Stored<ChainRecord>> chains,
    Map<ReservationName, Reservation> reservations,
    Map<NodeName, Held> heldOnNode,
    Map<TenantName, Held> heldByTenant,
    List<String> unreadable) {
  /**
   * What the planner decides on: the nodes, the pathways that take more, and the tenants named.
   *
   * @param quotas the most that each tenant may hold; nothing is planned for one that is not in it
   */
  public Snapshot planning(Map<TenantName, ResourceVector> quotas) {
    var rooms = new HashMap<NodeName, Snapshot.NodeRoom>();
    for (NodeRecord node : nodes.values()) {
      Held held = heldOnNode.getOrDefault(node.name(), Held.NOTHING);
      rooms.put(node.name(), new Snapshot.NodeRoom(node.role(), node.capacity(), held.amount()));
    }
    var standings = new ArrayList<Snapshot.PathwayStanding>();
    for (PathwayRecord record : pathways.values()) {
      Pathway pathway = record.pathway();
      // A hop that is not there was unreadable: what cannot be known is not planned on.
      if (pathway.hops().stream().allMatch(hop -> takesMore(hop.node()))) {
        standings.add(
            new Snapshot.PathwayStanding(
                pathway, tenant(pathway), chain(pathway.name()).map(LedgerSnapshot::current)));
      }
    }
    var tenants = new HashMap<TenantName, Snapshot.TenantRoom>();
    quotas.forEach(
        (tenant, quota) ->
            tenants.put(
                tenant,
                new Snapshot.TenantRoom(
                    quota, heldByTenant.getOrDefault(tenant, Held.NOTHING).amount())));
    return new Snapshot(rooms, standings, tenants);
  }

  /** Whether it is there and open; of one that is not trusted, the chain says so. */
  private boolean takesMore(NodeName name) {
    return Optional.ofNullable(nodes.get(name)).filter(node -> !node.unschedulable()).isPresent();
  }

  private Optional<TenantName> tenant(Pathway pathway) {
    return Optional.ofNullable(nodes.get(pathway.hops().getLast().node()))
        .flatMap(NodeRecord::tenant);
  }

  private Optional<ChainRecord> chain(PathwayName name) {
    return Optional.ofNullable(chains.get(name)).map(Stored::value);
  }

  /** One that was taken back speaks against its pathway, whatever its verdict once was. */
  private static CurrentChain current(ChainRecord record) {
    CurrentChain chain = record.chain();
    return switch (record.state()) {
      case LIVE -> chain;
      case REFUSED, REVOKED ->
          new CurrentChain(
              chain.name(), Verdict.CONTRAINDICATED, chain.findings(), chain.expiresAt());
    };
  }
}
