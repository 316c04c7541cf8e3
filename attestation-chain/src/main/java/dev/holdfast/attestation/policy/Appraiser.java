package dev.holdfast.attestation.policy;

import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.PcrValue;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.eventlog.EventType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Turns what was verified into a verdict with words. */
public final class Appraiser {
  private Appraiser() {}

  /**
   * Whose evidence is judged, and when.
   *
   * @param node the node
   * @param role what it does
   * @param at the time of appraisal
   */
  public record Subject(NodeName node, Role role, Instant at) {}

  /**
   * Judges proven claims.
   *
   * <p>Every register that the policy asks for must hold a reference value, and so must every other
   * register that was quoted and has one; events must have been proven where the policy asks.
   */
  public static Appraisal appraise(
      Subject subject, Verification.Verified verified, Policy policy, ReferenceValues references) {
    Optional<RoleRules> rules = policy.rules(subject.role());
    if (rules.isEmpty()) {
      return appraisal(subject, verified, policy, List.of(withoutRules(subject, policy)));
    }
    List<Finding> findings = new ArrayList<>();
    Map<Pcr, Bytes> registers = new TreeMap<>();
    boolean events = false;
    for (Claim claim : verified.claims()) {
      switch (claim) {
        case Claim.RegisterDigest(PcrValue(Pcr pcr, Bytes digest)) -> registers.put(pcr, digest);
        case Claim.MeasuredEvent _ -> events = true;
        case Claim.BoundData _,
            Claim.BoundMetrics _,
            Claim.Boot _,
            Claim.Measurement _,
            Claim.Version _,
            Claim.Flag _,
            Claim.Word _ -> {}
      }
    }
    Set<Pcr> wanted = new TreeSet<>();
    for (PcrSelection selection : rules.get().pcrSelections()) {
      wanted.addAll(selection.pcrs());
    }
    for (Pcr pcr : references.registers(subject.role(), subject.node())) {
      if (registers.containsKey(pcr)) {
        wanted.add(pcr);
      }
    }
    for (Pcr pcr : wanted) {
      judge(subject, pcr, registers, verified, policy, references).ifPresent(findings::add);
    }
    if (rules.get().eventsRequired() && !events) {
      findings.add(
          Finding.against(
                  Reason.EVIDENCE_MISSING,
                  "the policy appraises events, and no event log was proven for node \""
                      + subject.node()
                      + "\"")
              .at("eventlog")
              .remedy("Send the firmware's event log with the quote."));
    }
    return appraisal(subject, verified, policy, findings);
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
        expiry(subject, policy),
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

  private static Optional<Finding> judge(
      Subject subject,
      Pcr pcr,
      Map<Pcr, Bytes> registers,
      Verification.Verified verified,
      Policy policy,
      ReferenceValues references) {
    Bytes found = registers.get(pcr);
    String where = pcr.claim() + " of node \"" + subject.node() + "\"";
    if (found == null) {
      return Optional.of(
          Finding.against(Reason.TPM_PCR_SELECTION, where + " was not quoted")
              .at(pcr.claim())
              .remedy("Quote every register that policy \"" + policy.name() + "\" asks for."));
    }
    Set<Bytes> allowed = references.allowed(subject.role(), subject.node(), pcr);
    if (allowed.contains(found)) {
      return Optional.empty();
    }
    String allow =
        "Allow "
            + found.hex()
            + " for "
            + pcr.claim()
            + " in the reference values of node \""
            + subject.node()
            + "\"";
    if (allowed.isEmpty()) {
      return Optional.of(
          Finding.against(
                  Reason.REFERENCE_MISSING,
                  "there is no reference value to compare " + where + " with")
              .at(pcr.claim())
              .finding(found.hex())
              .remedy(allow + ", if that is what was meant to boot."));
    }
    Optional<Claim.MeasuredEvent> last = lastEvent(pcr, verified);
    String behind =
        last.map(
                event ->
                    "; the last of its events is "
                        + event.name()
                        + ", logged as "
                        + EventType.nameOf(event.type()))
            .orElse("");
    return Optional.of(
        Finding.against(
                Reason.TPM_PCR_MISMATCH, where + " does not hold a reference value" + behind)
            .at(pcr.claim())
            .expecting(allowed.stream().map(Bytes::hex).sorted().toList())
            .finding(found.hex())
            .remedy(allow + ", or boot what the reference values describe."));
  }

  private static Optional<Claim.MeasuredEvent> lastEvent(Pcr pcr, Verification.Verified verified) {
    return verified.claims().stream()
        .filter(Claim.MeasuredEvent.class::isInstance)
        .map(Claim.MeasuredEvent.class::cast)
        .filter(event -> event.register() == pcr.index() && event.digests().containsKey(pcr.bank()))
        .reduce((_, later) -> later);
  }

  private static Appraisal appraisal(
      Subject subject, Verification.Verified verified, Policy policy, List<Finding> findings) {
    return new Appraisal(
        subject.node(),
        subject.role(),
        findings,
        verified.evidenceDigest(),
        policy.name(),
        subject.at(),
        expiry(subject, policy),
        verified.claims(),
        Optional.of(verified.answered()));
  }

  /** Without rules there is no age to grow to: the verdict is over as soon as it is made. */
  private static Instant expiry(Subject subject, Policy policy) {
    return policy
        .rules(subject.role())
        .map(rules -> subject.at().plus(rules.evidenceAgeMax()))
        .orElse(subject.at());
  }
}
