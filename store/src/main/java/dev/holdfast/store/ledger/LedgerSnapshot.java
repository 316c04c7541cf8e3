package dev.holdfast.store.ledger;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.reservation.Reservation;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Everything that decisions rest on, at one revision.
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
    SortedMap<NodeName, NodeRecord> nodes,
    SortedMap<PathwayName, PathwayRecord> pathways,
    SortedMap<PathwayName, Stored<ChainRecord>> chains,
    SortedMap<ReservationName, Reservation> reservations,
    Map<NodeName, Held> heldOnNode,
    Map<TenantName, Held> heldByTenant,
    List<String> unreadable) {}
