package dev.holdfast.server.chain;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.pam.grant.Grant;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.pam.signal.Signal;
import dev.holdfast.proto.node.v1.SessionResponse;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.server.attest.Attestor;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.session.NodeSession;
import dev.holdfast.server.session.Sessions;
import dev.holdfast.server.wire.AttestationWire;
import dev.holdfast.server.wire.ReservationWire;
import dev.holdfast.server.wire.Write;
import dev.holdfast.store.evidence.EvidenceArchive;
import dev.holdfast.store.ledger.AppraisalRecord;
import dev.holdfast.store.ledger.ChainRecord;
import dev.holdfast.store.ledger.ChainState;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.NodeRecord;
import dev.holdfast.store.ledger.NodeState;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What follows from verdicts: a bad one revokes the chains over the node, the grants that rest on
 * them, and suspends their reservations at once; a live chain brings them back.
 */
public final class Trust {
  private static final Logger LOG = LoggerFactory.getLogger(Trust.class);

  private final Ledger ledger;
  private final Sessions sessions;
  private final Journal journal;
  private final Runnable changed;
  private final EvidenceArchive archive;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /**
   * @param changed told whenever something was suspended or restored
   * @param archive where the evidence behind verdicts is kept
   */
  public Trust(
      Ledger ledger,
      Sessions sessions,
      Journal journal,
      Runnable changed,
      EvidenceArchive archive,
      InstantSource clock) {
    this.ledger = ledger;
    this.sessions = sessions;
    this.journal = journal;
    this.changed = changed;
    this.archive = archive;
    this.clock = clock;
  }

  /**
   * Does all that follows from a verdict on evidence that came over a node's own channel, and
   * returns the message that was stored.
   *
   * <p>The verdict is stored before chains are looked at: a round that ends in between finds the
   * node untrusted, or makes a chain that is then revoked. Chains go even where it cannot be
   * stored.
   */
  public dev.holdfast.proto.attestation.v1.Appraisal judged(
      Attestor.Judged judged, long arrivedNanos) {
    if (judged.good()) {
      return record(judged);
    }
    try {
      return record(judged);
    } finally {
      lose(judged.appraisal().node(), judged.appraisal().findings(), arrivedNanos);
    }
  }

  /** Stores a verdict, and returns the message that was stored. */
  public dev.holdfast.proto.attestation.v1.Appraisal record(Attestor.Judged judged) {
    Appraisal appraisal = judged.appraisal();
    byte[] suffix = new byte[4];
    random.nextBytes(suffix);
    String id =
        "a" + appraisal.appraisedAt().toEpochMilli() + "-" + HexFormat.of().formatHex(suffix);
    dev.holdfast.proto.attestation.v1.Appraisal basic =
        AttestationWire.appraisal(
            appraisal, appraisal.node() + "/appraisals/" + id, judged.metrics());
    dev.holdfast.proto.attestation.v1.Appraisal full =
        basic.toBuilder().addAllClaims(AttestationWire.claims(appraisal.claims())).build();
    ByteString content = full.toByteString();
    if (content.size() > AppraisalRecord.CONTENT_BYTES_MAX) {
      content = basic.toByteString();
    }
    ledger
        .nodes()
        .appraised(
            appraisal.node(),
            new AppraisalRecord(
                id,
                appraisal.verdict(),
                appraisal.appraisedAt(),
                appraisal.expiresAt(),
                Bytes.of(content.toByteArray())),
            judged.good());
    keep(judged);
    return basic;
  }

  /** Evidence that cannot be kept cannot be judged again later; the verdict stands all the same. */
  private void keep(Attestor.Judged judged) {
    try {
      archive.keep(
          judged.appraisal().node(),
          judged.good() ? EvidenceArchive.Outcome.ACCEPTED : EvidenceArchive.Outcome.REFUSED,
          Write.bytes(judged.evidence()));
    } catch (IOException full) {
      LOG.warn("evidence of {} was not kept: {}", judged.appraisal().node(), full.getMessage());
    }
  }

  /**
   * Withdraws trust from everything that rests on a node.
   *
   * @param why what was found against it
   * @param arrivedNanos when that arrived, by {@link System#nanoTime}
   */
  public synchronized void lose(NodeName node, List<Finding> why, long arrivedNanos) {
    sessions.of(node).ifPresent(NodeSession::distrust);
    LedgerSnapshot seen = ledger.snapshot();
    seen.pathways()
        .forEach(
            (name, record) -> {
              if (record.pathway().hops().stream().anyMatch(hop -> hop.node().equals(node))) {
                loseChain(seen, name, node, why, arrivedNanos);
              }
            });
  }

  private void loseChain(
      LedgerSnapshot seen, PathwayName pathway, NodeName node, List<Finding> why, long arrived) {
    var stored = seen.chains().get(pathway);
    if (stored != null && stored.value().state() == ChainState.LIVE) {
      ledger.pathways().putChain(ended(stored.value(), why, false));
    }
    String message =
        why.isEmpty()
            ? "node \"" + node + "\" is not trusted any more. Attest it again."
            : why.getFirst().message() + ". " + why.getFirst().remedy();
    String reason = why.isEmpty() ? "TRUST_LOST" : why.getFirst().reason().name();
    Cause cause = new Cause(reason, message, node.toString(), clock.instant());
    suspendAll(seen, pathway, cause, arrived);
  }

  /** Suspends what rests on a pathway whose chain has expired or was replaced by a refused one. */
  public void suspendAll(LedgerSnapshot seen, PathwayName pathway, Cause cause, long arrivedNanos) {
    for (Reservation reservation : seen.reservations().values()) {
      boolean usable =
          reservation.state() instanceof ReservationState.Active
              || reservation.state() instanceof ReservationState.Provisioning;
      if (usable && reservation.hold().filter(h -> h.pathway().equals(pathway)).isPresent()) {
        suspend(reservation.name(), cause, arrivedNanos);
      }
    }
  }

  /**
   * Suspends one reservation, and tells the holders of its grants that they have ended.
   *
   * @param arrivedNanos when what led to it came in, by {@link System#nanoTime}
   */
  public void suspend(ReservationName name, Cause cause, long arrivedNanos) {
    List<Grant> revoked = ledger.grants().of(name);
    ledger.reservations().suspend(name, cause);
    for (Grant grant : revoked) {
      sessions
          .of(grant.node())
          .ifPresent(
              session ->
                  session.send(
                      SessionResponse.newBuilder()
                          .setGrant(
                              GrantUpdate.newBuilder()
                                  .setReservation(name.toString())
                                  .setRevocation(
                                      ReservationWire.cause(
                                          new Cause(
                                              cause.reason(),
                                              cause.message(),
                                              grant.name().toString(),
                                              cause.at()))))));
    }
    journal.record(
        new Event.Suspended(
            name, revoked.size(), Duration.ofNanos(System.nanoTime() - arrivedNanos)));
    changed.run();
  }

  /**
   * Stores what a round made of a pathway: a live chain restores, any other suspends.
   *
   * @return the outcome that counts: refused where a node lost trust after it had answered
   */
  public synchronized Rounds.Outcome adopt(Rounds.Outcome made, Challenges.Occasion occasion) {
    PathwayName pathway = made.chain().pathway().name();
    LedgerSnapshot seen = ledger.snapshot();
    boolean routine = occasion == Challenges.Occasion.EXPIRY;
    if (routine && silentOnly(made) && liveNow(seen, pathway)) {
      // Silence says nothing against a node: what it last proved counts until that expires.
      return made;
    }
    List<Finding> lost = lost(seen, made);
    Rounds.Outcome outcome =
        lost.isEmpty()
            ? made
            : new Rounds.Outcome(
                made.chain(),
                Stream.concat(lost.stream(), made.findings().stream()).toList(),
                ended(made.record(), lost, true));
    ledger.pathways().putChain(outcome.record());
    if (!outcome.live()) {
      Optional<Finding> worst =
          outcome.findings().stream()
              .filter(f -> f.verdict() == Verdict.CONTRAINDICATED)
              .findFirst();
      Instant now = clock.instant();
      Cause cause =
          worst
              .map(
                  f ->
                      new Cause(
                          f.reason().name(),
                          f.message() + ". " + f.remedy(),
                          pathway.toString(),
                          now))
              .orElse(
                  new Cause("TRUST_LOST", "the pathway is not trusted", pathway.toString(), now));
      suspendAll(seen, pathway, cause, System.nanoTime());
      return outcome;
    }
    for (Reservation reservation : seen.reservations().values()) {
      if (reservation.state() instanceof ReservationState.Suspended suspended
          && suspended.hold().pathway().equals(pathway)
          && !suspended.cause().reason().equals(Signal.ISOLATED)) {
        ledger.reservations().restore(reservation.name());
        journal.record(new Event.Restored(reservation.name()));
        changed.run();
      }
    }
    return outcome;
  }

  /** Whether the only thing against a chain is that nodes did not answer. */
  private static boolean silentOnly(Rounds.Outcome outcome) {
    return !outcome.live()
        && outcome.findings().stream()
            .filter(finding -> finding.verdict() == Verdict.CONTRAINDICATED)
            .allMatch(
                finding ->
                    finding.reason() == Reason.CHAIN_INCOMPLETE
                        && finding.claim().startsWith("hop/"));
  }

  private boolean liveNow(LedgerSnapshot seen, PathwayName pathway) {
    return Optional.ofNullable(seen.chains().get(pathway))
        .filter(chain -> chain.value().refusal(clock.instant()).isEmpty())
        .isPresent();
  }

  /** Nodes that were distrusted while the round was still collecting answers, or before. */
  private static List<Finding> lost(LedgerSnapshot seen, Rounds.Outcome outcome) {
    List<Finding> lost = new ArrayList<>();
    for (Hop hop : outcome.chain().pathway().hops()) {
      Optional<NodeState> state =
          Optional.ofNullable(seen.nodes().get(hop.node())).map(NodeRecord::state);
      String what = "node \"" + hop.node() + "\" ";
      if (state.equals(Optional.of(NodeState.REVOKED))) {
        lost.add(
            Finding.against(Reason.HOP_REVOKED, what + "is revoked: trust in it was withdrawn")
                .at("hop/" + hop.node().node())
                .remedy("Use another pathway; delete the node and create it anew."));
      } else if (outcome.live() && !state.equals(Optional.of(NodeState.TRUSTED))) {
        lost.add(
            Finding.against(Reason.HOP_REVOKED, what + "lost trust while the pathway was attested")
                .at("hop/" + hop.node().node())
                .remedy("Attest the node again, then the pathway."));
      }
    }
    return lost;
  }

  /**
   * A chain that is not live any more.
   *
   * @param unseen whether nobody was told of it yet: then its signed result never leaves here
   */
  private static ChainRecord ended(ChainRecord chain, List<Finding> why, boolean unseen) {
    CurrentChain before = chain.chain();
    byte[] content;
    try {
      var ended =
          dev.holdfast.proto.attestation.v1.AttestationChain.parseFrom(
                  chain.content().toByteArray())
              .toBuilder()
              .setState(dev.holdfast.proto.attestation.v1.AttestationChain.State.STATE_REVOKED)
              .addAllFindings(why.stream().limit(64).map(AttestationWire::finding).toList());
      content = (unseen ? ended.clearAttestationResult() : ended).build().toByteArray();
    } catch (InvalidProtocolBufferException corrupt) {
      throw new IllegalStateException("the content of " + before.name(), corrupt);
    }
    return new ChainRecord(
        new CurrentChain(
            before.name(),
            Verdict.CONTRAINDICATED,
            why.stream().limit(64).toList(),
            before.expiresAt()),
        ChainState.REVOKED,
        Bytes.of(content));
  }
}
