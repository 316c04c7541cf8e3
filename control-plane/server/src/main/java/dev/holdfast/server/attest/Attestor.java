package dev.holdfast.server.attest;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.BootCounters;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Challenge;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.eventlog.ReplayMemory;
import dev.holdfast.attestation.policy.Appraiser;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.PolicyEngine;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.verifier.Expectation;
import dev.holdfast.attestation.verifier.Identity;
import dev.holdfast.attestation.verifier.Verifier;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.proto.attestation.v1.RuntimeMetrics;
import dev.holdfast.server.collateral.CollateralShelf;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.wire.AttestationWire;
import dev.holdfast.server.wire.Write;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns evidence that arrives into a verdict. It remembers of each node what the next evidence must
 * follow on: the counters of its boot, and the sequence of its metrics.
 *
 * <p>Whatever goes wrong while judging is a verdict against the evidence, never for it.
 */
public final class Attestor {
  private static final Logger LOG = LoggerFactory.getLogger(Attestor.class);
  private static final int PATHS_MAX = 4096;
  private static final int BUNDLES_MAX = 64;
  private static final long LOGS_MAX_BYTES = 16 * 1024 * 1024;
  private static final Duration AGE_WITHOUT_RULES = Duration.ofSeconds(10);

  private final Challenges challenges;
  private final PolicyEngine engine;
  private final CollateralShelf collateral;
  private final InstantSource clock;
  private final Verifier verifier =
      new Verifier(DcapMemory.of(PATHS_MAX, BUNDLES_MAX), new ReplayMemory(LOGS_MAX_BYTES));
  private final Map<NodeName, Boot> boots = new ConcurrentHashMap<>();

  /** What is remembered of a node's present boot. */
  private record Boot(Optional<BootCounters> counters, Optional<Metrics.Last> metrics) {
    static final Boot UNKNOWN = new Boot(Optional.empty(), Optional.empty());
  }

  /**
   * An attestor.
   *
   * @param challenges those that are open
   * @param engine a site's own judgement beside the policies
   * @param collateral what platforms are judged by
   * @param clock the time of judgement
   */
  public Attestor(
      Challenges challenges, PolicyEngine engine, CollateralShelf collateral, InstantSource clock) {
    this.challenges = challenges;
    this.engine = engine;
    this.collateral = collateral;
    this.clock = clock;
  }

  /**
   * Whose evidence is judged.
   *
   * @param node the node
   * @param role what it does
   * @param identity what it is known by
   * @param channelKey the public key of the channel that the evidence came on, or should have
   * @param remembered whether the verdict counts for the node, and what comes later must follow on
   *     it
   */
  public record Subject(
      NodeName node, Role role, Identity identity, Bytes channelKey, boolean remembered) {}

  /**
   * A verdict.
   *
   * @param appraisal the verdict
   * @param metrics what the evidence bound, if it was proven and in range
   * @param evidence the bundle as it came
   */
  public record Judged(Appraisal appraisal, Optional<RuntimeMetrics> metrics, ByteString evidence) {
    /** Whether a node may be held for trustworthy on it. */
    public boolean good() {
      return appraisal.verdict() != Verdict.CONTRAINDICATED;
    }
  }

  /**
   * Judges a serialised bundle.
   *
   * @throws Refusal MESSAGE_MALFORMED if it is no protobuf of that type; nothing is changed then
   */
  public Judged judge(Subject subject, ByteString serialised, ZoneRules rules) {
    AttestationWire.Received received;
    try {
      received = AttestationWire.evidence(serialised);
    } catch (InvalidProtocolBufferException malformed) {
      throw new Refusal(
          new AccessProblem.CallRefused(
              Problem.Kind.INVALID_ARGUMENT,
              Reason.EVIDENCE_MALFORMED.name(),
              "the evidence is no serialised EvidenceBundle: send the message's bytes",
              Map.of("hop", subject.node().toString())));
    } catch (RuntimeException bug) {
      LOG.error("reading evidence of {} failed", subject.node(), bug);
      return refused(
          about(subject, rules),
          serialised,
          rules,
          List.of(
              Finding.against(Reason.EVIDENCE_MALFORMED, "the evidence could not be read")
                  .remedy("Send evidence as the node's own software makes it.")));
    }
    Appraiser.Subject about = about(subject, rules);
    try {
      return judge(subject, received, serialised, rules, about);
    } catch (RuntimeException bug) {
      LOG.error("judging evidence of {} failed", subject.node(), bug);
      return refused(
          about,
          serialised,
          rules,
          List.of(
              Finding.against(Reason.EVIDENCE_MALFORMED, "the evidence could not be judged")
                  .remedy("Send evidence as the node's own software makes it.")));
    }
  }

  private Appraiser.Subject about(Subject subject, ZoneRules rules) {
    return new Appraiser.Subject(
        subject.node(),
        subject.role(),
        clock.instant(),
        rules.trust().attestedSites().contains(subject.node()));
  }

  private Judged judge(
      Subject subject,
      AttestationWire.Received received,
      ByteString serialised,
      ZoneRules rules,
      Appraiser.Subject about) {
    Challenges.Taken taken = challenges.take(received.bundle().nonce(), subject.node());
    if (taken instanceof Challenges.Taken.Stale(Finding finding)) {
      return refused(about, serialised, rules, List.of(finding));
    }
    Boot boot = boots.getOrDefault(subject.node(), Boot.UNKNOWN);
    Judgement judgement = appraise(subject, received, rules, boot, about);
    return switch (judgement.verification()) {
      case Verification.Rejected rejected -> {
        if (subject.remembered()
            && rejected.findings().stream().anyMatch(f -> f.reason() == Reason.REATTEST_REBOOT)) {
          boots.put(subject.node(), new Boot(Optional.empty(), boot.metrics()));
        }
        yield new Judged(judgement.appraisal(), Optional.empty(), serialised);
      }
      case Verification.Verified verified ->
          proven(subject, verified, judgement, boot, serialised, about);
    };
  }

  /**
   * What evidence came to under one revision of the policy.
   *
   * @param revision the revision
   * @param verification what it proved
   * @param appraisal the verdict
   */
  private record Judgement(
      PolicyRevision revision, Verification verification, Appraisal appraisal) {
    boolean good() {
      return appraisal.verdict() != Verdict.CONTRAINDICATED;
    }

    /** The same, over by a time. */
    Judgement endingBy(Instant until) {
      Instant end = appraisal.expiresAt();
      return new Judgement(
          revision,
          verification,
          with(appraisal, appraisal.findings(), until.isBefore(end) ? until : end));
    }
  }

  /** By the revision in force; while a roll-out lasts, what that refuses by the outgoing one. */
  private Judgement appraise(
      Subject subject,
      AttestationWire.Received received,
      ZoneRules rules,
      Boot boot,
      Appraiser.Subject about) {
    Judgement present = appraise(subject, received, rules, rules.present(), boot, about);
    Optional<ZoneRules.Outgoing> outgoing =
        rules.outgoing().filter(revision -> about.at().isBefore(revision.until()));
    if (present.good() || outgoing.isEmpty()) {
      return present;
    }
    Judgement before = appraise(subject, received, rules, outgoing.get().revision(), boot, about);
    return before.good() ? before.endingBy(outgoing.get().until()) : present;
  }

  private Judgement appraise(
      Subject subject,
      AttestationWire.Received received,
      ZoneRules rules,
      PolicyRevision revision,
      Boot boot,
      Appraiser.Subject about) {
    RoleRules role = revision.policy().rules(subject.role()).orElse(RoleRules.DEFAULT);
    ReferenceValues references = revision.references(about.at());
    Verification verification =
        verifier.verify(
            received.bundle(),
            new Challenge(new Nonce(received.bundle().nonce()), subject.channelKey()),
            Expectation.of(inBoot(subject.identity(), boot), role, about, references),
            rules.anchors(revision, subject.role(), about.at()),
            collateral.of(rules.name(), received.bundle()),
            about.at());
    Appraisal appraisal =
        switch (verification) {
          case Verification.Rejected rejected ->
              Appraiser.refuse(about, rejected, revision.policy());
          case Verification.Verified verified ->
              Appraiser.appraise(about, verified, revision.policy(), references, engine);
        };
    Judgement judgement = new Judgement(revision, verification, appraisal);
    return revision
        .referencesUntil(subject.role(), about.at())
        .map(judgement::endingBy)
        .orElse(judgement);
  }

  private static Identity inBoot(Identity identity, Boot boot) {
    return identity instanceof Identity.TpmKey key
        ? new Identity.TpmKey(key.key(), boot.counters())
        : identity;
  }

  private Judged proven(
      Subject subject,
      Verification.Verified verified,
      Judgement judgement,
      Boot boot,
      ByteString serialised,
      Appraiser.Subject about) {
    Policy policy = judgement.revision().policy();
    Metrics.Judged metrics =
        Metrics.judge(
            verified.runtimeMetrics().orElse(Bytes.EMPTY),
            boot.metrics(),
            policy.rules(subject.role()).map(RoleRules::evidenceAgeMax).orElse(AGE_WITHOUT_RULES),
            policy.clockSkewMax(),
            about.at());
    List<Finding> against = new ArrayList<>(metrics.findings());
    if (against.isEmpty() && subject.remembered()) {
      Boot next =
          new Boot(
              verified.boot(),
              metrics
                  .metrics()
                  .map(m -> new Metrics.Last(Write.bytes(m.getBootId()), m.getSequence())));
      if (!remember(subject.node(), boot, next)) {
        against.add(
            Finding.against(
                    Reason.METRICS_REPLAY, "other evidence of the node was judged at the same time")
                .at("metric/sequence")
                .remedy("Answer one challenge after another."));
      }
    }
    Appraisal appraisal = judgement.appraisal();
    if (against.isEmpty()) {
      return new Judged(appraisal, metrics.metrics(), serialised);
    }
    against.addAll(appraisal.findings());
    return new Judged(
        with(appraisal, against, appraisal.expiresAt()), Optional.empty(), serialised);
  }

  private static Appraisal with(Appraisal appraisal, List<Finding> findings, Instant expiresAt) {
    return new Appraisal(
        appraisal.node(),
        appraisal.role(),
        findings,
        appraisal.evidenceDigest(),
        appraisal.policy(),
        appraisal.appraisedAt(),
        expiresAt,
        appraisal.claims(),
        appraisal.answered());
  }

  /** Replaces what evidence was judged by; false if something else has meanwhile. */
  private boolean remember(NodeName node, Boot judgedBy, Boot next) {
    return boots.replace(node, judgedBy, next)
        || (judgedBy.equals(Boot.UNKNOWN) && boots.putIfAbsent(node, next) == null);
  }

  private static Judged refused(
      Appraiser.Subject about, ByteString serialised, ZoneRules rules, List<Finding> findings) {
    return new Judged(
        Appraiser.refuse(
            about,
            new Verification.Rejected(Sha256.of(Write.bytes(serialised)), findings),
            rules.policy()),
        Optional.empty(),
        serialised);
  }

  /** Forgets a node's boot: it said itself that it started anew, and must prove all of it again. */
  public void forget(NodeName node) {
    boots.remove(node);
  }
}
