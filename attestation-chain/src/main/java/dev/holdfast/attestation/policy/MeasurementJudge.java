package dev.holdfast.attestation.policy;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.eventlog.EventType;
import dev.holdfast.attestation.reference.Corroboration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Compares what was measured with reference values. */
final class MeasurementJudge {
  private static final String REGISTER = "pcr/";
  private static final String FIRMWARE = "tpm/firmware-version";

  private final Appraiser.Subject subject;
  private final Verification.Verified verified;
  private final Policy policy;
  private final RoleRules rules;
  private final ReferenceValues references;
  private final Corroboration manifests;
  private final Map<String, Bytes> values = new LinkedHashMap<>();

  MeasurementJudge(
      Appraiser.Subject subject,
      Verification.Verified verified,
      Policy policy,
      RoleRules rules,
      ReferenceValues references,
      Corroboration manifests) {
    this.subject = subject;
    this.verified = verified;
    this.policy = policy;
    this.rules = rules;
    this.references = references;
    this.manifests = manifests;
    values.putAll(manifests.components());
    for (Claim claim : verified.claims()) {
      claim.comparable().ifPresent(value -> values.put(claim.name(), value));
    }
  }

  void judge(List<Finding> findings) {
    Optional<EvidenceFormat> format = verified.format();
    if (format.isEmpty() || !rules.formats().contains(format.get())) {
      findings.add(unaccepted(format));
      return;
    }
    findings.addAll(manifests.findings());
    for (String claim : wanted(format.get())) {
      judge(claim).ifPresent(findings::add);
    }
    for (String component : references.devices(subject.node()).keySet()) {
      if (verified.claims().stream().noneMatch(c -> Appraiser.component(c).equals(component))) {
        findings.add(
            Finding.against(
                    Reason.EVIDENCE_MISSING,
                    "device \"" + component + "\" of node \"" + subject.node() + "\" is silent")
                .of(component)
                .remedy("Send its statement beside the node's own, or enrol the node without it."));
      }
    }
    if (rules.eventsRequired()
        && verified.claims().stream().noneMatch(Claim.MeasuredEvent.class::isInstance)) {
      findings.add(
          Finding.against(
                  Reason.EVIDENCE_MISSING,
                  "the policy appraises events, and no event log was proven for node \""
                      + subject.node()
                      + "\"")
              .at("eventlog")
              .remedy("Send the firmware's event log with the quote."));
    }
  }

  private Finding unaccepted(Optional<EvidenceFormat> format) {
    String found = format.map(EvidenceFormat::word).orElse("");
    return Finding.against(
            Reason.FORMAT_UNSUPPORTED,
            "policy \""
                + policy.name()
                + "\" does not accept \""
                + found
                + "\" from a "
                + subject.role())
        .at(Verification.FORMAT)
        .expecting(rules.formats().stream().map(EvidenceFormat::word).sorted().toList())
        .finding(found)
        .remedy("Send evidence of an accepted format, or accept this one in the policy.");
  }

  /** What must have a reference value, and whatever else was proven and has one. */
  private Set<String> wanted(EvidenceFormat format) {
    Set<String> wanted = new LinkedHashSet<>();
    if (format == EvidenceFormat.TPM2_QUOTE) {
      for (PcrSelection selection : rules.pcrSelections()) {
        selection.pcrs().forEach(pcr -> wanted.add(pcr.claim()));
      }
    } else {
      wanted.addAll(rules.measurements(format));
    }
    for (String claim : references.claims(subject.role(), subject.node())) {
      if (values.containsKey(claim)) {
        wanted.add(claim);
      }
    }
    wanted.addAll(manifests.claims());
    return wanted;
  }

  private Optional<Finding> judge(String claim) {
    boolean alone = references.isRuledAlone(subject.node(), claim);
    if (!alone && manifests.permits(claim)) {
      return Optional.empty();
    }
    Bytes found = values.get(claim);
    List<String> described = alone ? List.of() : manifests.expected(claim);
    String where = claim + " of node \"" + subject.node() + "\"";
    if (found == null) {
      return Optional.of(
          described.isEmpty() ? absent(claim, where) : differs(claim, where, described));
    }
    Set<Bytes> allowed = references.allowed(subject.role(), subject.node(), claim);
    if (allowed.contains(found)) {
      return Optional.empty();
    }
    String allow =
        "Allow "
            + found.hex()
            + " for "
            + claim
            + " in the reference values of node \""
            + subject.node()
            + "\"";
    if (allowed.isEmpty() && described.isEmpty()) {
      return Optional.of(
          Finding.against(
                  Reason.REFERENCE_MISSING,
                  "there is no reference value to compare " + where + " with")
              .at(claim)
              .finding(found.hex())
              .remedy(allow + ", if that is what was meant to start."));
    }
    return Optional.of(
        Finding.against(
                mismatch(claim), where + " does not hold a reference value" + lastEvent(claim))
            .at(claim)
            .expecting(
                Stream.concat(allowed.stream().map(Bytes::hex).sorted(), described.stream())
                    .toList())
            .finding(found.hex())
            .remedy(allow + ", or start what the reference values describe."));
  }

  private Finding absent(String claim, String where) {
    boolean register = claim.startsWith(REGISTER);
    return Finding.against(
            register ? Reason.TPM_PCR_SELECTION : Reason.EVIDENCE_MISSING,
            where + (register ? " was not quoted" : " was not proven"))
        .at(claim)
        .remedy(
            register
                ? "Quote every register that policy \"" + policy.name() + "\" asks for."
                : "Send evidence that has it, or ask for other claims in policy \""
                    + policy.name()
                    + "\".");
  }

  /** A number or a word that only a manifest speaks of. */
  private Finding differs(String claim, String where, List<String> described) {
    return Finding.against(mismatch(claim), where + " is not as any manifest says")
        .at(claim)
        .expecting(described)
        .finding(manifests.found(claim))
        .remedy(
            "Start what a manifest describes, or load the manifest of what was meant to start.");
  }

  private static Reason mismatch(String claim) {
    if (claim.equals(FIRMWARE)) {
      return Reason.TPM_FIRMWARE;
    }
    return claim.startsWith(REGISTER) ? Reason.TPM_PCR_MISMATCH : Reason.MEASUREMENT;
  }

  /** The event that a register owes its value to, in words; nothing where none is known. */
  private String lastEvent(String claim) {
    return verified.claims().stream()
        .filter(Claim.MeasuredEvent.class::isInstance)
        .map(Claim.MeasuredEvent.class::cast)
        .filter(event -> extended(event, claim))
        .reduce((_, later) -> later)
        .map(
            event ->
                "; the last of its events is "
                    + event.name()
                    + ", logged as "
                    + EventType.nameOf(event.type()))
        .orElse("");
  }

  private static boolean extended(Claim.MeasuredEvent event, String claim) {
    for (PcrBank bank : event.digests().keySet()) {
      if (claim.equals(REGISTER + bank.label() + "/" + event.register())) {
        return true;
      }
    }
    return false;
  }
}
