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
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.policy.Appraiser;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.Tpm2Expectation;
import dev.holdfast.attestation.tpm2.Tpm2QuoteVerifier;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.proto.attestation.v1.RuntimeMetrics;
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
  private static final Duration AGE_WITHOUT_RULES = Duration.ofSeconds(10);

  private final Challenges challenges;
  private final InstantSource clock;
  private final Map<NodeName, Boot> boots = new ConcurrentHashMap<>();

  /** What is remembered of a node's present boot. */
  private record Boot(Optional<BootCounters> counters, Optional<Metrics.Last> metrics) {
    static final Boot UNKNOWN = new Boot(Optional.empty(), Optional.empty());
  }

  /** An attestor over these open challenges. */
  public Attestor(Challenges challenges, InstantSource clock) {
    this.challenges = challenges;
    this.clock = clock;
  }

  /**
   * Whose evidence is judged.
   *
   * @param node the node
   * @param role what it does
   * @param key its attestation key
   * @param channelKey the public key of the channel that the evidence came on, or should have
   * @param remembered whether the verdict counts for the node, and what comes later must follow on
   *     it
   */
  public record Subject(
      NodeName node, Role role, AttestationKey key, Bytes channelKey, boolean remembered) {}

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
          new Appraiser.Subject(subject.node(), subject.role(), clock.instant()),
          serialised,
          rules,
          List.of(
              Finding.against(Reason.EVIDENCE_MALFORMED, "the evidence could not be read")
                  .remedy("Send evidence as the node's own software makes it.")));
    }
    Instant now = clock.instant();
    Appraiser.Subject about = new Appraiser.Subject(subject.node(), subject.role(), now);
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
    if (received.bundle().evidence().isEmpty()) {
      return refused(
          about,
          serialised,
          rules,
          List.of(
              Finding.against(
                      Reason.EVIDENCE_MISSING, "the bundle holds no statement in a format we read")
                  .remedy("Send a TPM 2.0 quote.")));
    }
    Boot boot = boots.getOrDefault(subject.node(), Boot.UNKNOWN);
    Verification verification =
        Tpm2QuoteVerifier.verify(
            received.bundle(),
            new Challenge(new Nonce(received.bundle().nonce()), subject.channelKey()),
            expectation(subject, rules, boot));
    return switch (verification) {
      case Verification.Rejected rejected -> {
        if (subject.remembered()
            && rejected.findings().stream().anyMatch(f -> f.reason() == Reason.REATTEST_REBOOT)) {
          boots.put(subject.node(), new Boot(Optional.empty(), boot.metrics()));
        }
        yield new Judged(
            Appraiser.refuse(about, rejected, rules.policy()), Optional.empty(), serialised);
      }
      case Verification.Verified verified ->
          proven(subject, verified, boot, serialised, rules, about);
    };
  }

  private Judged proven(
      Subject subject,
      Verification.Verified verified,
      Boot boot,
      ByteString serialised,
      ZoneRules rules,
      Appraiser.Subject about) {
    Metrics.Judged metrics =
        Metrics.judge(
            verified.runtimeMetrics().orElse(Bytes.EMPTY),
            boot.metrics(),
            rules
                .policy()
                .rules(subject.role())
                .map(RoleRules::evidenceAgeMax)
                .orElse(AGE_WITHOUT_RULES),
            rules.policy().clockSkewMax(),
            about.at());
    Appraisal appraisal = Appraiser.appraise(about, verified, rules.policy(), rules.references());
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
    if (against.isEmpty()) {
      return new Judged(appraisal, metrics.metrics(), serialised);
    }
    against.addAll(appraisal.findings());
    Appraisal refused =
        new Appraisal(
            appraisal.node(),
            appraisal.role(),
            against,
            appraisal.evidenceDigest(),
            appraisal.policy(),
            appraisal.appraisedAt(),
            appraisal.expiresAt(),
            appraisal.claims(),
            appraisal.answered());
    return new Judged(refused, Optional.empty(), serialised);
  }

  /** Replaces what evidence was judged by; false if something else has meanwhile. */
  private boolean remember(NodeName node, Boot judgedBy, Boot next) {
    return boots.replace(node, judgedBy, next)
        || (judgedBy.equals(Boot.UNKNOWN) && boots.putIfAbsent(node, next) == null);
  }

  private static Tpm2Expectation expectation(Subject subject, ZoneRules rules, Boot boot) {
    Tpm2Expectation expectation =
        Tpm2Expectation.of(subject.key(), rules.selections(subject.role()));
    if (rules.policy().rules(subject.role()).map(RoleRules::eventsRequired).orElse(false)) {
      expectation = expectation.withEventLog(EventLogRules.STRICT);
    }
    return boot.counters().map(expectation::after).orElse(expectation);
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
