package dev.holdfast.server.service;

import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.store.ledger.Held;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.NodeRecord;
import java.util.Optional;

/** How much room there is. */
final class Room {
  private Room() {}

  /** What is free on a node: what it has, less what is held. */
  static ResourceVector free(LedgerSnapshot seen, NodeName node) {
    NodeRecord record = seen.nodes().get(node);
    if (record == null) {
      return ResourceVector.ZERO;
    }
    ResourceVector held =
        Optional.ofNullable(seen.heldOnNode().get(node))
            .map(Held::amount)
            .orElse(ResourceVector.ZERO);
    return record.capacity().saturatingMinus(held);
  }

  /** What is free on every node of a pathway, each resource where its role allots it. */
  static ResourceVector free(LedgerSnapshot seen, Pathway pathway) {
    ResourceVector least = ResourceVector.ZERO;
    for (Resource resource : Resource.values()) {
      Long free = null;
      for (Hop hop : pathway.hops()) {
        if (Resource.allottedBy(hop.role()).contains(resource)) {
          long here = free(seen, hop.node()).get(resource);
          free = free == null ? here : Long.valueOf(Math.min(free, here));
        }
      }
      if (free != null) {
        least = least.with(resource, free);
      }
    }
    return least;
  }
}
