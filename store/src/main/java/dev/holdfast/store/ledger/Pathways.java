package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.proto.ChainRow;
import dev.holdfast.store.proto.NodeRow;
import dev.holdfast.store.proto.PathwayRow;
import java.util.Optional;
import java.util.OptionalLong;

/** The pathways of the ledger and the newest chain of each. */
public final class Pathways {
  private final Shard shard;

  Pathways(Shard shard) {
    this.shard = shard;
  }

  /** A pathway; empty when there is none. */
  public Optional<Stored<PathwayRecord>> get(PathwayName name) {
    return shard.get(Keys.pathway(name));
  }

  /** Lists pathways by name, of one trust zone or of all, behind a name, 1 to 10,000. */
  public Listing<PathwayRecord> list(
      Optional<String> trustZone, Optional<PathwayName> after, int limit) {
    return shard.list(
        Kinds.PATHWAY,
        trustZone.map(zone -> "trustZones/" + zone + "/").orElse(""),
        after.map(PathwayName::toString),
        limit);
  }

  /** Creates a pathway of nodes that there are, in the roles that they have. */
  public Stored<PathwayRecord> create(Pathway pathway, Bytes detail) {
    var record = new PathwayRecord(pathway, detail, 1);
    return shard.change(
        draft -> {
          if (draft.read(Keys.pathway(pathway.name())).isPresent()) {
            throw new Refusal(new Problem.AlreadyExists(pathway.name().toString()));
          }
          count(draft, pathway, 1);
          draft.put(Keys.pathway(pathway.name()), Rows.pathway(record));
          return record;
        });
  }

  /** Every node of it is counted, so that none can be deleted from under it. */
  private static void count(Draft draft, Pathway pathway, int by) {
    for (Hop hop : pathway.hops()) {
      NodeRow row = Nodes.require(draft, hop.node());
      if (row.getRole() != hop.role().number()) {
        throw new Refusal(
            new Problem.IllegalState(
                hop.node().toString(), Rows.role(row.getRole()).name(), "Name it in that role."));
      }
      draft.put(Keys.node(hop.node()), row.toBuilder().setPathways(row.getPathways() + by).build());
    }
  }

  /** Deletes a pathway and its chain. One with holds is {@link Problem.IllegalState}. */
  public void delete(PathwayName name, OptionalLong edition) {
    shard.change(
        draft -> {
          Optional<PathwayRow> row = draft.read(Keys.pathway(name));
          if (row.isEmpty()) {
            throw new Refusal(new Problem.NotFound(name.toString()));
          }
          if (edition.isPresent() && edition.getAsLong() != row.get().getEdition()) {
            throw new Refusal(new Problem.StaleEtag(name.toString()));
          }
          if (heldOn(draft, name).holds() > 0) {
            throw inUse(name);
          }
          count(draft, Rows.pathway(row.get()).pathway(), -1);
          draft.delete(Keys.pathway(name));
          draft.delete(Keys.chain(name));
          draft.delete(Keys.held(name));
          return name;
        });
  }

  /**
   * Changes what the hops mean to their nodes. The chain ends with it: the pathway must be attested
   * again. One with holds is {@link Problem.IllegalState}.
   */
  public Stored<PathwayRecord> update(PathwayName name, OptionalLong edition, Bytes detail) {
    return shard.change(
        draft -> {
          PathwayRecord before = require(draft, name);
          if (before.detail().equals(detail)) {
            return before;
          }
          if (edition.isPresent() && edition.getAsLong() != before.edition()) {
            throw new Refusal(new Problem.StaleEtag(name.toString()));
          }
          if (heldOn(draft, name).holds() > 0) {
            throw inUse(name);
          }
          var after = new PathwayRecord(before.pathway(), detail, before.edition() + 1);
          draft.put(Keys.pathway(name), Rows.pathway(after));
          draft
              .read(Keys.chain(name))
              .ifPresent(chain -> draft.put(Keys.chain(name), revoked(chain)));
          return after;
        });
  }

  private static Held heldOn(Draft draft, PathwayName name) {
    return draft.value(Keys.held(name)).orElse(Held.NOTHING);
  }

  private static Refusal inUse(PathwayName name) {
    return new Refusal(
        new Problem.IllegalState(name.toString(), "IN_USE", "Release what is held on it first."));
  }

  private static ChainRow revoked(ChainRow chain) {
    return chain.toBuilder().setState(ChainState.REVOKED.name()).build();
  }

  /** The newest chain of a pathway; empty when it was never attested. */
  public Optional<Stored<ChainRecord>> chain(PathwayName name) {
    return shard.get(Keys.chain(name));
  }

  /** Makes a chain the pathway's newest. */
  public Stored<ChainRecord> putChain(ChainRecord chain) {
    PathwayName name = chain.chain().name().pathway();
    return shard.change(
        draft -> {
          require(draft, name);
          draft.put(Keys.chain(name), Rows.chain(chain));
          return chain;
        });
  }

  /** Takes a pathway's newest chain back: nothing may rest on it from then on. */
  public void revokeChain(PathwayName name) {
    shard.change(
        draft -> {
          Optional<ChainRow> chain = draft.read(Keys.chain(name));
          chain.ifPresent(row -> draft.put(Keys.chain(name), revoked(row)));
          return name;
        });
  }

  /** Watches the newest chains of all pathways from a revision on. */
  public RowWatch<ChainRecord> watchChains(long fromRevision) {
    return shard.watch(Kinds.CHAIN, fromRevision);
  }

  static PathwayRecord require(Draft draft, PathwayName name) {
    return draft
        .value(Keys.pathway(name))
        .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
  }
}
