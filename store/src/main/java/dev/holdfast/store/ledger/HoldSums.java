package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * The sums of what is held: the one place where they change.
 *
 * <p>A hold counts against a node in the resources that the node's role allots, against its pathway
 * and against its tenant in all of them.
 */
final class HoldSums {
  private HoldSums() {}

  /** Refuses a new hold that a node or the quota has no room for, or that no node could serve. */
  static void requireRoom(
      Draft draft, Hold hold, TenantName tenant, Optional<ResourceVector> quota) {
    List<Hop> hops = hops(draft, hold.pathway());
    EnumSet<Resource> served = EnumSet.noneOf(Resource.class);
    for (Hop hop : hops) {
      served.addAll(Resource.allottedBy(hop.role()));
      NodeRecord node = node(draft, hop.node());
      if (node.unschedulable() || node.state() == NodeState.REVOKED) {
        throw new Refusal(
            new Problem.IllegalState(
                node.name().toString(),
                node.unschedulable() ? "UNSCHEDULABLE" : node.state().name(),
                "Choose another pathway, or open the node again."));
      }
    }
    for (Resource resource : hold.amount().present()) {
      if (!served.contains(resource)) {
        throw new Refusal(
            new Problem.Capacity(hops.getLast().node(), resource, hold.amount().get(resource), 0));
      }
    }
    if (quota.isPresent()) {
      requireQuota(draft, tenant, hold, quota.get());
    }
  }

  private static void requireQuota(
      Draft draft, TenantName tenant, Hold hold, ResourceVector quota) {
    ResourceVector held = held(draft, Keys.held(tenant)).amount();
    for (Resource resource : hold.amount().present()) {
      long free = Math.max(0, quota.get(resource) - held.get(resource));
      if (hold.amount().get(resource) > free) {
        throw new Refusal(new Problem.Quota(tenant, resource, hold.amount().get(resource), free));
      }
    }
  }

  /** Moves the sums from what a reservation held before to what it holds after. */
  static void account(Draft draft, Reservation before, Reservation after) {
    Optional<Hold> from = before.hold();
    Optional<Hold> to = after.hold();
    boolean stateChanged = !before.state().label().equals(after.state().label());
    if ((from.equals(to) && !stateChanged) || (from.isEmpty() && to.isEmpty())) {
      return;
    }
    PathwayName pathway = to.or(() -> from).orElseThrow().pathway();
    if (from.isPresent() && !from.get().pathway().equals(pathway)) {
      throw new IllegalStateException(after.name() + " moved to another pathway while holding");
    }
    ResourceVector old = from.map(Hold::amount).orElse(ResourceVector.ZERO);
    ResourceVector now = to.map(Hold::amount).orElse(ResourceVector.ZERO);
    int holds = (to.isPresent() ? 1 : 0) - (from.isPresent() ? 1 : 0);
    for (Hop hop : hops(draft, pathway)) {
      var move =
          new Move(
              old.restrictedTo(Resource.allottedBy(hop.role())),
              now.restrictedTo(Resource.allottedBy(hop.role())),
              holds);
      Held held = held(draft, Keys.held(hop.node()));
      requireFree(draft, hop.node(), held, move);
      put(draft, Keys.held(hop.node()), move.of(held));
    }
    var move = new Move(old, now, holds);
    RowKey<?, Held> tenant = Keys.held(after.name().tenant());
    put(draft, tenant, move.of(held(draft, tenant)));
    RowKey<?, Held> onPathway = Keys.held(pathway);
    put(draft, onPathway, move.of(held(draft, onPathway)));
  }

  /** What one reservation held of something, and what it holds now. */
  private record Move(ResourceVector from, ResourceVector to, int holds) {
    Held of(Held held) {
      return new Held(held.amount().minus(from).plus(to), held.holds() + holds);
    }
  }

  /** Only growth needs room: a node that shrank below what it holds may still give back. */
  private static void requireFree(Draft draft, NodeName name, Held held, Move move) {
    if (move.to().fitsWithin(move.from())) {
      return;
    }
    ResourceVector capacity = node(draft, name).capacity();
    ResourceVector others = held.amount().minus(move.from());
    for (Resource resource : move.to().present()) {
      long free = Math.max(0, capacity.get(resource) - others.get(resource));
      boolean grows = move.to().get(resource) > move.from().get(resource);
      if (grows && move.to().get(resource) > free) {
        throw new Refusal(new Problem.Capacity(name, resource, move.to().get(resource), free));
      }
    }
  }

  /** The nodes that more is held on than they have. */
  static List<NodeName> overcommitted(Image image) {
    var all = new ArrayList<NodeName>();
    for (RowState row : image.under(Kinds.NODE.prefix()).values()) {
      Optional<NodeRecord> node = Image.read(Kinds.NODE, row).map(Stored::value);
      node.flatMap(found -> image.value(Keys.held(found.name())))
          .filter(held -> !held.value().amount().fitsWithin(node.orElseThrow().capacity()))
          .ifPresent(_ -> all.add(node.orElseThrow().name()));
    }
    return all;
  }

  private static List<Hop> hops(Draft draft, PathwayName pathway) {
    return draft
        .value(Keys.pathway(pathway))
        .orElseThrow(() -> new Refusal(new Problem.NotFound(pathway.toString())))
        .pathway()
        .hops();
  }

  private static NodeRecord node(Draft draft, NodeName name) {
    return draft
        .value(Keys.node(name))
        .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
  }

  private static Held held(Draft draft, RowKey<?, Held> key) {
    return draft.value(key).orElse(Held.NOTHING);
  }

  /** Where nothing is held there is no sum, as for who reads all anew. */
  private static void put(Draft draft, RowKey<?, Held> key, Held held) {
    if (held.holds() == 0) {
      draft.delete(key);
    } else {
      draft.derive(key, held);
    }
  }
}
