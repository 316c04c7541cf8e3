package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Reason;
import dev.holdfast.pam.model.AccessProblem.JoinTokenRefused;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.store.proto.AppraisalRow;
import dev.holdfast.store.proto.AppraisalsRow;
import dev.holdfast.store.proto.NodeRow;
import dev.holdfast.store.proto.TokenRow;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** The nodes of the ledger, their appraisals and the tokens that let them in. */
public final class Nodes {
  private final Shard shard;

  Nodes(Shard shard) {
    this.shard = shard;
  }

  /** What is known of a node; empty when there is none. */
  public Optional<Stored<NodeRecord>> get(NodeName name) {
    return shard.get(Keys.node(name));
  }

  /**
   * Lists nodes by name.
   *
   * @param trustZone whose nodes; empty: all
   * @param after the name to go on behind; empty: from the first
   * @param limit 1 to 10,000
   */
  public Listing<NodeRecord> list(Optional<String> trustZone, Optional<NodeName> after, int limit) {
    return shard.list(
        Kinds.NODE,
        trustZone.map(zone -> "trustZones/" + zone + "/").orElse(""),
        after.map(NodeName::toString),
        limit);
  }

  /** Watches all nodes from a revision on. */
  public RowWatch<NodeRecord> watch(long fromRevision) {
    return shard.watch(Kinds.NODE, fromRevision);
  }

  /** Creates a node. One of that name is {@link Problem.AlreadyExists}. */
  public Stored<NodeRecord> create(NodeRecord node) {
    return shard.change(
        draft -> {
          if (draft.read(Keys.node(node.name())).isPresent()) {
            throw new Refusal(new Problem.AlreadyExists(node.name().toString()));
          }
          draft.put(Keys.node(node.name()), Rows.node(node, 0));
          return node;
        });
  }

  /** What an operator may change of a node. */
  public record Settings(Optional<ResourceVector> capacityMax, boolean unschedulable) {}

  /**
   * Changes what an operator sets.
   *
   * @param edition the one that was read; empty: whichever
   */
  public Stored<NodeRecord> set(NodeName name, OptionalLong edition, Settings settings) {
    return change(
        name,
        node -> {
          boolean same =
              node.capacityMax().equals(settings.capacityMax())
                  && node.unschedulable() == settings.unschedulable();
          if (same) {
            return node;
          }
          if (edition.isPresent() && edition.getAsLong() != node.edition()) {
            throw new Refusal(new Problem.StaleEtag(name.toString()));
          }
          return new NodeRecord(
              node.name(),
              node.role(),
              node.tenant(),
              settings.capacityMax(),
              node.capacityReported(),
              node.state(),
              node.identity(),
              node.certificateSerial(),
              settings.unschedulable(),
              node.edition() + 1);
        });
  }

  /**
   * Gives a node its identity, once: another one later is {@link Reason#IDENTITY_IMMUTABLE} and
   * changes nothing.
   */
  public Stored<NodeRecord> enrol(NodeName name, NodeIdentity identity, String certificateSerial) {
    return change(
        name,
        node -> {
          requireNotRevoked(node);
          if (node.identity().isPresent() && !node.identity().get().equals(identity)) {
            throw new Refusal(
                new Problem.ChainRefused(
                    name.toString(),
                    List.of(
                        Finding.against(
                                Reason.IDENTITY_IMMUTABLE,
                                "node \"" + name + "\" is enrolled with other hardware")
                            .remedy("Delete the node and create it anew."))));
          }
          NodeState state = node.state() == NodeState.CREATED ? NodeState.UNTRUSTED : node.state();
          return with(node, state, Optional.of(identity), certificateSerial);
        });
  }

  /** Notes the serial number of a node's next certificate. */
  public Stored<NodeRecord> renewed(NodeName name, String certificateSerial) {
    return change(
        name,
        node -> {
          requireNotRevoked(node);
          return with(node, node.state(), node.identity(), certificateSerial);
        });
  }

  /** Notes what a node says it has. */
  public Stored<NodeRecord> report(NodeName name, ResourceVector capacity) {
    return change(
        name,
        node ->
            new NodeRecord(
                node.name(),
                node.role(),
                node.tenant(),
                node.capacityMax(),
                capacity,
                node.state(),
                node.identity(),
                node.certificateSerial(),
                node.unschedulable(),
                node.edition()));
  }

  /** Revokes a node for good. */
  public Stored<NodeRecord> revoke(NodeName name) {
    return change(
        name, node -> with(node, NodeState.REVOKED, node.identity(), node.certificateSerial()));
  }

  /**
   * Keeps an appraisal, the newest {@link AppraisalRecord#KEPT} of a node, and says whether the
   * node is trusted since. What is revoked stays so.
   */
  public Stored<NodeRecord> appraised(NodeName name, AppraisalRecord appraisal, boolean trusted) {
    return shard.change(
        draft -> {
          NodeRow row = require(draft, name);
          NodeRecord node = Rows.node(row);
          AppraisalsRow before =
              draft.read(Keys.appraisals(name)).orElse(AppraisalsRow.getDefaultInstance());
          AppraisalsRow.Builder kept =
              AppraisalsRow.newBuilder().addAppraisals(Rows.appraisal(appraisal));
          before.getAppraisalsList().stream()
              .filter(old -> !old.getId().equals(appraisal.id()))
              .limit(AppraisalRecord.KEPT - 1)
              .forEach(kept::addAppraisals);
          draft.put(Keys.appraisals(name), kept.build());
          if (node.state() == NodeState.REVOKED || node.identity().isEmpty()) {
            return node;
          }
          NodeState state = trusted ? NodeState.TRUSTED : NodeState.UNTRUSTED;
          NodeRecord judged = with(node, state, node.identity(), node.certificateSerial());
          write(draft, row, node, judged);
          return judged;
        });
  }

  /** Says that a node is trusted no longer, such as when its newest appraisal has expired. */
  public Stored<NodeRecord> distrust(NodeName name) {
    return change(
        name,
        node ->
            node.state() == NodeState.TRUSTED
                ? with(node, NodeState.UNTRUSTED, node.identity(), node.certificateSerial())
                : node);
  }

  /** The newest appraisals of a node, newest first. */
  public List<AppraisalRecord> appraisals(NodeName name) {
    return shard
        .get(Keys.appraisals(name))
        .map(row -> row.value().getAppraisalsList())
        .orElse(List.<AppraisalRow>of())
        .stream()
        .map(Rows::appraisal)
        .toList();
  }

  /** What is held on a node. */
  public Held held(NodeName name) {
    return shard.get(Keys.held(name)).map(Stored::value).orElse(Held.NOTHING);
  }

  /** Deletes a node. One on a pathway, or with holds, is {@link Problem.IllegalState}. */
  public void delete(NodeName name, OptionalLong edition) {
    shard.change(
        draft -> {
          Optional<NodeRow> row = draft.read(Keys.node(name));
          if (row.isEmpty()) {
            throw new Refusal(new Problem.NotFound(name.toString()));
          }
          if (edition.isPresent() && edition.getAsLong() != row.get().getEdition()) {
            throw new Refusal(new Problem.StaleEtag(name.toString()));
          }
          Held held = draft.value(Keys.held(name)).orElse(Held.NOTHING);
          if (row.get().getPathways() > 0 || held.holds() > 0) {
            throw new Refusal(
                new Problem.IllegalState(
                    name.toString(), "IN_USE", "Delete the pathways that it is on first."));
          }
          draft.delete(Keys.node(name));
          draft.delete(Keys.appraisals(name));
          draft.delete(Keys.held(name));
          return name;
        });
  }

  /** Keeps a join token. One with that hash is {@link Problem.AlreadyExists}. */
  public Stored<JoinToken> createToken(JoinToken token) {
    return shard.change(
        draft -> {
          require(draft, token.node());
          if (draft.read(Keys.token(token.hash())).isPresent()) {
            throw new Refusal(new Problem.AlreadyExists("join token of " + token.node()));
          }
          draft.put(Keys.token(token.hash()), Rows.token(token, false));
          return token;
        });
  }

  /**
   * Uses a join token up. Of all who try, together or one after another, one succeeds; the others
   * are refused, and so is a token of another node or one that has lapsed.
   */
  public JoinToken useToken(Bytes hash, NodeName node, Instant now) {
    return shard
        .change(
            draft -> {
              TokenRow row =
                  draft
                      .read(Keys.token(hash))
                      .orElseThrow(() -> refused(JoinTokenRefused.Why.UNKNOWN));
              JoinToken token = Rows.token(hash, row);
              if (row.getUsed()) {
                throw refused(JoinTokenRefused.Why.USED);
              }
              if (!token.node().equals(node)) {
                throw refused(JoinTokenRefused.Why.UNKNOWN);
              }
              if (!now.isBefore(token.expiresAt())) {
                throw refused(JoinTokenRefused.Why.EXPIRED);
              }
              draft.put(Keys.token(hash), row.toBuilder().setUsed(true).build());
              return token;
            })
        .value();
  }

  private static Refusal refused(JoinTokenRefused.Why why) {
    return new Refusal(new JoinTokenRefused(why));
  }

  private Stored<NodeRecord> change(NodeName name, UnaryOperator<NodeRecord> step) {
    return shard.change(
        draft -> {
          NodeRow row = require(draft, name);
          NodeRecord before = Rows.node(row);
          NodeRecord after = step.apply(before);
          write(draft, row, before, after);
          return after;
        });
  }

  private static void write(Draft draft, NodeRow row, NodeRecord before, NodeRecord after) {
    if (!after.equals(before)) {
      draft.put(Keys.node(after.name()), Rows.node(after, row.getPathways()));
    }
  }

  static NodeRow require(Draft draft, NodeName name) {
    return draft
        .read(Keys.node(name))
        .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
  }

  private static void requireNotRevoked(NodeRecord node) {
    if (node.state() == NodeState.REVOKED) {
      throw new Refusal(
          new Problem.IllegalState(
              node.name().toString(), "REVOKED", "Delete the node and create it anew."));
    }
  }

  private static NodeRecord with(
      NodeRecord node, NodeState state, Optional<NodeIdentity> identity, String serial) {
    return new NodeRecord(
        node.name(),
        node.role(),
        node.tenant(),
        node.capacityMax(),
        node.capacityReported(),
        state,
        identity,
        serial,
        node.unschedulable(),
        node.edition());
  }
}
