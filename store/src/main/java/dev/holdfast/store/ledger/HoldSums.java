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
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The sums of what is held: the one place where they change.
 *
 * <p>A hold counts against a node in the resources that the node's role allots, against its pathway
 * and against its tenant in all of them.
 */
final class HoldSums {
  private static final Resource[] RESOURCES = Resource.values();

  /** More of anything is no amount. */
  private static final ResourceVector MOST =
      ResourceVector.of(
          Arrays.stream(RESOURCES)
              .collect(Collectors.toMap(one -> one, _ -> ResourceVector.AMOUNT_MAX)));

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
    require(
        draft,
        Keys.held(tenant),
        new Move(ResourceVector.ZERO, hold.amount(), 1),
        quota,
        (resource, asked, free) -> new Problem.Quota(tenant, resource, asked, free));
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
      onNode(draft, hop.node(), move);
    }
    var move = new Move(old, now, holds);
    apply(draft, Keys.held(after.name().tenant()), move, MOST, HoldSums::beyond);
    apply(draft, Keys.held(pathway), move, MOST, HoldSums::beyond);
  }

  private static Problem beyond(Resource resource, long asked, long free) {
    return new Problem.Amount(
        resource.name(), "a sum of up to 2^50", "%d more than %d".formatted(asked, free));
  }

  private static void onNode(Draft draft, NodeName name, Move move) {
    // Only growth needs room: a node that shrank below what it holds may still give back.
    ResourceVector most = move.to().fitsWithin(move.from()) ? MOST : node(draft, name).capacity();
    apply(
        draft,
        Keys.held(name),
        move,
        most,
        (resource, asked, free) -> new Problem.Capacity(name, resource, asked, free));
  }

  /** What one reservation held of something, and what it holds now. */
  private record Move(ResourceVector from, ResourceVector to, int holds) {
    Held of(Held held) {
      return new Held(held.amount().minus(from).plus(to), held.holds() + holds);
    }

    /** The first resource that grows by it, and in which a sum would be greater than that. */
    Optional<Resource> tooMuch(Held held, ResourceVector most) {
      for (Resource resource : RESOURCES) {
        long growth = to.get(resource) - from.get(resource);
        if (growth > 0 && held.amount().get(resource) + growth > most.get(resource)) {
          return Optional.of(resource);
        }
      }
      return Optional.empty();
    }
  }

  /** Says that there is too little of a resource. */
  private interface Shortage {
    Problem of(Resource resource, long asked, long free);
  }

  /** Requires that a sum could move without being greater than that, as it could be any other. */
  private static void require(
      Draft draft, RowKey<?, Held> key, Move move, ResourceVector most, Shortage shortage) {
    Held held =
        draft
            .value(key, now -> move.tooMuch(now.orElse(Held.NOTHING), most).isEmpty())
            .orElse(Held.NOTHING);
    move.tooMuch(held, most)
        .ifPresent(
            resource -> {
              long others = held.amount().get(resource) - move.from().get(resource);
              long free = Math.max(0, most.get(resource) - others);
              throw new Refusal(shortage.of(resource, move.to().get(resource), free));
            });
  }

  /**
   * Moves a sum, whatever it is by then, to what is no more than that. Where nothing is held there
   * is no sum, as for who reads all anew.
   */
  private static void apply(
      Draft draft, RowKey<?, Held> key, Move move, ResourceVector most, Shortage shortage) {
    require(draft, key, move, most, shortage);
    draft.derive(
        key,
        now -> Optional.of(move.of(now.orElse(Held.NOTHING))).filter(next -> next.holds() > 0));
  }

  /** The nodes that more is held on than they have. */
  static List<NodeName> overcommitted(Image image) {
    var all = new ArrayList<NodeName>();
    for (RowState row : (Iterable<RowState>) image.under(Kinds.NODE.prefix())::iterator) {
      Optional<NodeRecord> node = Image.read(Kinds.NODE, row).map(Stored::value);
      node.flatMap(found -> image.value(Keys.held(found.name())))
          .filter(held -> !held.value().amount().fitsWithin(node.orElseThrow().capacity()))
          .ifPresent(_ -> all.add(node.orElseThrow().name()));
    }
    return all;
  }

  private static List<Hop> hops(Draft draft, PathwayName pathway) {
    return Pathways.require(draft, pathway).pathway().hops();
  }

  private static NodeRecord node(Draft draft, NodeName name) {
    return draft
        .value(Keys.node(name))
        .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
  }
}
