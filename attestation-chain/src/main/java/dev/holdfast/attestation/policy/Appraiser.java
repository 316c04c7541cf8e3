package dev.holdfast.attestation.policy;

import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.reference.Corroboration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Turns what was verified into a verdict with words. */
public final class Appraiser {
  private Appraiser() {}

  /**
   * Whose evidence is judged, and when.
   *
   * @param node the node
   * @param role what it does
   * @param at the time of appraisal
   * @param siteAttested whether someone vouches that physical access to it is controlled
   */
  public record Subject(NodeName node, Role role, Instant at, boolean siteAttested) {
    /** One whose site nobody vouches for. */
    public Subject(NodeName node, Role role, Instant at) {
      this(node, role, at, false);
    }
  }

  /**
   * Judges proven claims.
   *
   * <p>Every claim that the policy asks for must have a reference value, and so must every other
   * that was proven and has one; events must have been proven where the policy asks. What manifests
   * endorse is added to the claims under names of its own ({@link Claim.Endorsed}), and counts
   * where the policy asks for it by that name.
   */
  public static Appraisal appraise(
      Subject subject, Verification.Verified verified, Policy policy, ReferenceValues references) {
    return appraise(subject, verified, policy, references, PolicyEngine.NONE);
  }

  /** The same with a site's own judgement beside; it can only make the verdict worse. */
  public static Appraisal appraise(
      Subject subject,
      Verification.Verified verified,
      Policy policy,
      ReferenceValues references,
      PolicyEngine engine) {
    Optional<RoleRules> rules = policy.rules(subject.role());
    if (rules.isEmpty()) {
      return appraisal(
          subject, verified, List.of(withoutRules(subject, policy)), policy, Optional.empty());
    }
    List<Finding> findings = new ArrayList<>();
    Corroboration manifests =
        Corroboration.of(references.manifests(subject.role()), verified.claims());
    new MeasurementJudge(subject, verified, policy, rules.get(), references, manifests)
        .judge(findings);
    Verification.Verified endorsed = verified.endorsed(manifests.endorsed());
    TeeJudge tee = new TeeJudge(subject, endorsed, rules.get().tee(), manifests);
    tee.judge(findings);
    findings.addAll(asked(engine, subject, endorsed));
    return appraisal(subject, endorsed, findings, policy, tee.waivedUntil());
  }

  /** Makes a contraindicated appraisal of evidence that was not believed. */
  public static Appraisal refuse(Subject subject, Verification.Rejected rejected, Policy policy) {
    return new Appraisal(
        subject.node(),
        subject.role(),
        rejected.findings(),
        rejected.evidenceDigest(),
        policy.name(),
        subject.at(),
        ageLimit(subject, policy),
        List.of(),
        Optional.empty());
  }

  /** {@link #appraise} or {@link #refuse}, as the verification came out. */
  public static Appraisal judge(
      Subject subject, Verification verification, Policy policy, ReferenceValues references) {
    return switch (verification) {
      case Verification.Verified verified -> appraise(subject, verified, policy, references);
      case Verification.Rejected rejected -> refuse(subject, rejected, policy);
    };
  }

  private static Finding withoutRules(Subject subject, Policy policy) {
    return Finding.against(
            Reason.POLICY_MISSING,
            "policy \""
                + policy.name()
                + "\" has no rules for a "
                + subject.role()
                + ": nothing of that role is trusted")
        .at("role/" + subject.role().number())
        .remedy("Add rules for " + subject.role() + " in a new revision of the policy.");
  }

  private static List<Finding> asked(
      PolicyEngine engine, Subject subject, Verification.Verified verified) {
    try {
      return engine.judge(subject, verified);
    } catch (RuntimeException e) {
      return List.of(
          Finding.against(
                  Reason.POLICY_MISSING,
                  "the site's own policy engine failed with " + e.getClass().getSimpleName())
              .remedy("Mend the engine, or start the server without it."));
    }
  }

  private static Appraisal appraisal(
      Subject subject,
      Verification.Verified verified,
      List<Finding> findings,
      Policy policy,
      Optional<Instant> waivedUntil) {
    Instant end =
        Stream.of(Optional.of(ageLimit(subject, policy)), verified.notAfter(), waivedUntil)
            .flatMap(Optional::stream)
            .min(Instant::compareTo)
            .orElseThrow();
    return new Appraisal(
        subject.node(),
        subject.role(),
        findings,
        verified.evidenceDigest(),
        policy.name(),
        subject.at(),
        end.isBefore(subject.at()) ? subject.at() : end,
        verified.claims(),
        Optional.of(verified.answered()));
  }

  /** Without rules there is no age to grow to: the verdict is over as soon as it is made. */
  private static Instant ageLimit(Subject subject, Policy policy) {
    return policy
        .rules(subject.role())
        .map(rules -> subject.at().plus(rules.evidenceAgeMax()))
        .orElse(subject.at());
  }

  /** The claim without the device that made it. */
  static Claim bare(Claim claim) {
    return claim instanceof Claim.OfDevice device ? device.claim() : claim;
  }

  /** What a claim states, without who made it or endorsed it. */
  static Claim stated(Claim claim) {
    Claim bare = bare(claim);
    return bare instanceof Claim.Endorsed endorsed ? endorsed.claim() : bare;
  }

  /** The device that made a claim; empty for the node itself. */
  static String component(Claim claim) {
    return claim instanceof Claim.OfDevice device ? device.component() : "";
  }
}
