package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.proto.ChainRow;
import dev.holdfast.store.proto.HeldRow;
import dev.holdfast.store.proto.NodeRow;
import dev.holdfast.store.proto.PathwayRow;
import java.util.Optional;
import java.util.OptionalLong;

/** The pathways of the ledger and the newest chain of each. */
public final class Pathways {
  private final Transactor transactor;

  Pathways(Transactor transactor) {
    this.transactor = transactor;
  }

  /** A pathway; empty when there is none. */
  public Optional<Stored<PathwayRecord>> get(PathwayName name) {
    return Readers.PATHWAYS.get(transactor, Keys.pathway(name));
  }

  /** Lists pathways by name, of one trust zone or of all, behind a name, 1 to 10,000. */
  public Listing<PathwayRecord> list(
      Optional<String> trustZone, Optional<PathwayName> after, int limit) {
    return Readers.PATHWAYS.list(
        transactor,
        trustZone.map(zone -> "trustZones/" + zone + "/").orElse(""),
        after.map(PathwayName::toString),
        limit);
  }

  /** Creates a pathway of nodes that there are, in the roles that they have. */
  public Stored<PathwayRecord> create(Pathway pathway, Bytes detail) {
    var record = new PathwayRecord(pathway, detail, 1);
    return transactor.change(
        draft -> {
          Optional<PathwayRow> there =
              draft.read(Keys.pathway(pathway.name()), PathwayRow.parser());
          if (there.isPresent()) {
            if (there.get().getAttempt().equals(draft.attempt())) {
              return Rows.pathway(there.get());
            }
            throw new Refusal(new Problem.AlreadyExists(pathway.name().toString()));
          }
          count(draft, pathway, 1);
          draft.put(Keys.pathway(pathway.name()), Rows.pathway(record, draft.attempt()));
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
    transactor.change(
        draft -> {
          Optional<PathwayRow> row = draft.read(Keys.pathway(name), PathwayRow.parser());
          if (row.isEmpty()) {
            if (draft.uncertain()) {
              return name;
            }
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
    return transactor.change(
        draft -> {
          PathwayRow row = require(draft, name);
          PathwayRecord before = Rows.pathway(row);
          if (before.detail().equals(detail)) {
            return before;
          }
          if (edition.isPresent() && edition.getAsLong() != row.getEdition()) {
            throw new Refusal(new Problem.StaleEtag(name.toString()));
          }
          if (heldOn(draft, name).holds() > 0) {
            throw inUse(name);
          }
          var after = new PathwayRecord(before.pathway(), detail, before.edition() + 1);
          draft.put(Keys.pathway(name), Rows.pathway(after, row.getAttempt()));
          draft
              .read(Keys.chain(name), ChainRow.parser())
              .ifPresent(chain -> draft.put(Keys.chain(name), revoked(chain)));
          return after;
        });
  }

  private static Held heldOn(Draft draft, PathwayName name) {
    return draft.read(Keys.held(name), HeldRow.parser()).map(Rows::held).orElse(Held.NOTHING);
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
    return Readers.CHAINS.get(transactor, Keys.chain(name));
  }

  /** Makes a chain the pathway's newest. */
  public Stored<ChainRecord> putChain(ChainRecord chain) {
    PathwayName name = chain.chain().name().pathway();
    return transactor.change(
        draft -> {
          require(draft, name);
          draft.put(Keys.chain(name), Rows.chain(chain));
          return chain;
        });
  }

  /** Takes a pathway's newest chain back: nothing may rest on it from then on. */
  public void revokeChain(PathwayName name) {
    transactor.change(
        draft -> {
          Optional<ChainRow> chain = draft.read(Keys.chain(name), ChainRow.parser());
          chain.ifPresent(row -> draft.put(Keys.chain(name), revoked(row)));
          return name;
        });
  }

  /** Watches the newest chains of all pathways from a revision on. */
  public RowWatch<ChainRecord> watchChains(long fromRevision) {
    return new RowWatch<>(
        transactor.store().watch(Keys.under(Keys.CHAIN), fromRevision), Readers.CHAINS);
  }

  static PathwayRow require(Draft draft, PathwayName name) {
    return draft
        .read(Keys.pathway(name), PathwayRow.parser())
        .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
  }
}
