package dev.holdfast.server.chain;

import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.AttestationChain;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Epoch;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.result.AttestationResults;
import dev.holdfast.attestation.result.ResultSigner;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.session.NodeSession;
import dev.holdfast.server.session.Sessions;
import dev.holdfast.server.wire.AttestationWire;
import dev.holdfast.store.ledger.ChainRecord;
import dev.holdfast.store.ledger.ChainState;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Attests pathways: one epoch nonce, every node challenged at once, one chain for each pathway. A
 * node that several pathways of a round share answers once.
 */
public final class Rounds {
  private final Challenges challenges;
  private final Sessions sessions;
  private final ResultSigner signer;
  private final Duration answerTimeout;
  private final Journal journal;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /** The parts that a round goes through. */
  public Rounds(
      Challenges challenges,
      Sessions sessions,
      ResultSigner signer,
      Duration answerTimeout,
      Journal journal,
      InstantSource clock) {
    this.challenges = challenges;
    this.sessions = sessions;
    this.signer = signer;
    this.answerTimeout = answerTimeout;
    this.journal = journal;
    this.clock = clock;
  }

  /**
   * A chain, ready to be stored.
   *
   * @param chain the links
   * @param findings all that speaks against it, worst first
   * @param record what the ledger keeps
   */
  public record Outcome(AttestationChain chain, List<Finding> findings, ChainRecord record) {
    /** Whether holds and grants may rest on it. */
    public boolean live() {
      return record.state() == ChainState.LIVE;
    }
  }

  /**
   * Attests pathways of one trust zone and waits until every node has answered, or its time is up.
   *
   * @return one outcome for each pathway, in order
   */
  public List<Outcome> attest(List<Pathway> pathways, ZoneRules rules, Challenges.Occasion occasion)
      throws InterruptedException {
    long began = System.nanoTime();
    byte[] seed = new byte[Epoch.LENGTH];
    random.nextBytes(seed);
    Epoch epoch = new Epoch(Bytes.of(seed));
    Map<NodeName, Appraisal> answers = challenge(pathways, rules, occasion, epoch);
    Instant now = clock.instant();
    List<Outcome> outcomes = new ArrayList<>();
    for (Pathway pathway : pathways) {
      List<Appraisal> ofPathway =
          pathway.hops().stream()
              .map(hop -> Optional.ofNullable(answers.get(hop.node())))
              .flatMap(Optional::stream)
              .toList();
      AttestationChain chain =
          AttestationChain.of(pathway, epoch, ofPathway, rules.policy().chainRules(), now);
      Outcome outcome = outcome(chain, now);
      outcomes.add(outcome);
      journal.record(
          new Event.ChainMade(
              pathway.name(),
              chain.verdict(),
              outcome.findings().stream()
                  .map(finding -> finding.reason().name())
                  .distinct()
                  .toList(),
              Duration.ofNanos(System.nanoTime() - began)));
    }
    return outcomes;
  }

  private Map<NodeName, Appraisal> challenge(
      List<Pathway> pathways, ZoneRules rules, Challenges.Occasion occasion, Epoch epoch)
      throws InterruptedException {
    Map<Hop, List<PathwayName>> served = new HashMap<>();
    for (Pathway pathway : pathways) {
      for (Hop hop : pathway.hops()) {
        served.computeIfAbsent(hop, _ -> new ArrayList<>()).add(pathway.name());
      }
    }
    Map<NodeName, Appraisal> answers = new ConcurrentHashMap<>();
    Map<NodeSession, Challenges.Issued> asked = new HashMap<>();
    served.forEach(
        (hop, names) ->
            sessions
                .of(hop.node())
                .ifPresent(
                    session ->
                        asked.put(
                            session,
                            new Challenges.Issued(
                                epoch.nonceFor(hop.role(), hop.node()),
                                hop.node(),
                                occasion,
                                names,
                                answerTimeout))));
    CountDownLatch outstanding = new CountDownLatch(asked.size());
    asked.forEach(
        (session, issued) -> {
          challenges.open(issued);
          session.challenge(
              issued,
              rules.asked(session.role()),
              judged -> {
                answers.put(session.node(), judged.appraisal());
                outstanding.countDown();
              });
        });
    if (!outstanding.await(answerTimeout.toMillis(), TimeUnit.MILLISECONDS)) {
      asked.forEach(NodeSession::forget);
    }
    return Map.copyOf(answers);
  }

  private Outcome outcome(AttestationChain chain, Instant now) {
    List<Finding> findings = new ArrayList<>(AttestationWire.findings(chain));
    findings.sort(Comparator.comparing(Finding::verdict).reversed());
    boolean live = chain.trustedAt(now);
    ChainName name = new ChainName(chain.pathway().name(), id(chain));
    String result =
        chain.links().size() == chain.pathway().hops().size()
            ? AttestationResults.sign(chain, signer, now)
            : "";
    ChainState state = live ? ChainState.LIVE : ChainState.REFUSED;
    Bytes content =
        Bytes.of(
            AttestationWire.chain(
                    chain,
                    name,
                    result,
                    live
                        ? dev.holdfast.proto.attestation.v1.AttestationChain.State.STATE_LIVE
                        : dev.holdfast.proto.attestation.v1.AttestationChain.State.STATE_REFUSED)
                .toByteArray());
    CurrentChain current =
        new CurrentChain(
            name,
            chain.verdict(),
            findings.stream().limit(64).toList(),
            chain.expiresAt().orElse(now));
    return new Outcome(chain, findings, new ChainRecord(current, state, content));
  }

  private String id(AttestationChain chain) {
    byte[] suffix = new byte[8];
    random.nextBytes(suffix);
    return "c" + chain.createdAt().toEpochMilli() + "-" + HexFormat.of().formatHex(suffix);
  }
}
