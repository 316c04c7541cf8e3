package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.BootCounters;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Challenge;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.EvidenceBundle;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrValue;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.eventlog.Replay;
import dev.holdfast.attestation.eventlog.ReplayMemory;
import dev.holdfast.attestation.eventlog.VerifiedEvents;
import dev.holdfast.attestation.ima.ImaRules;
import dev.holdfast.attestation.ima.ImaVerifier;
import dev.holdfast.attestation.tpm2.QuoteStructure.Qualifying;
import dev.holdfast.attestation.tpm2.QuoteStructure.Qualifying.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Proves what a TPM 2.0 quote says, in stages from cheap to dear: it stops after the first stage
 * with findings, and lists all findings of that stage. Never throws, whatever the evidence.
 */
public final class Tpm2QuoteVerifier {
  /** The claim about the TPM's firmware: its version in 8 bytes, as the manufacturer writes it. */
  public static final String FIRMWARE = "tpm/firmware-version";

  private Tpm2QuoteVerifier() {}

  /** Verifies a node's whole answer, of which the one statement is a TPM quote. */
  public static Verification verify(
      EvidenceBundle bundle, Challenge challenge, Tpm2Expectation expectation) {
    return verify(bundle, challenge, expectation, ReplayMemory.none());
  }

  /** The same with a memory of event logs. */
  public static Verification verify(
      EvidenceBundle bundle,
      Challenge challenge,
      Tpm2Expectation expectation,
      ReplayMemory memory) {
    List<Finding> findings = checkSizes(bundle);
    if (!findings.isEmpty()) {
      return new Verification.Rejected(bundle.digest(), findings);
    }
    if (!(bundle.evidence().getFirst() instanceof Evidence.Tpm2Quote quote)) {
      return new Verification.Rejected(
          bundle.digest(), List.of(malformed("the bundle holds no TPM quote")));
    }
    findings.addAll(challenge.checkAnswer(bundle));
    Binding binding =
        Binding.of(challenge.nonce(), bundle.runtimeMetrics(), challenge.channelPublicKey());
    Kind kind = findings.isEmpty() ? Kind.BINDING : Kind.EXCUSED;
    Outcome outcome =
        verifyQuote(quote, new Qualifying(binding.digest(), kind), expectation, memory, findings);
    return switch (outcome) {
      case Outcome.Refused refused ->
          new Verification.Rejected(bundle.digest(), refused.findings());
      case Outcome.Proven proven -> {
        List<Claim> claims = new ArrayList<>(proven.claims());
        claims.add(new Claim.BoundMetrics(bundle.runtimeMetrics()));
        claims.add(new Claim.Word(Verification.FORMAT, quote.format().word()));
        yield new Verification.Verified(bundle.digest(), challenge.nonce(), claims);
      }
    };
  }

  /**
   * Verifies a quote by itself, outside any bundle.
   *
   * @param quote the statement
   * @param qualifyingData what its extraData must equal; not empty
   * @param expectation what it must show
   */
  public static Outcome verifyQuote(
      Evidence.Tpm2Quote quote, Bytes qualifyingData, Tpm2Expectation expectation) {
    return verifyQuote(
        quote,
        new Qualifying(qualifyingData, Kind.NONCE),
        expectation,
        ReplayMemory.none(),
        List.of());
  }

  private static Outcome verifyQuote(
      Evidence.Tpm2Quote quote,
      Qualifying qualifying,
      Tpm2Expectation expectation,
      ReplayMemory memory,
      List<Finding> earlier) {
    try {
      return judge(quote, qualifying, expectation, memory, earlier);
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(
          List.of(malformed("verification failed with " + e.getClass().getSimpleName())));
    }
  }

  private static Outcome judge(
      Evidence.Tpm2Quote quote,
      Qualifying qualifying,
      Tpm2Expectation expectation,
      ReplayMemory memory,
      List<Finding> earlier) {
    List<Finding> findings = new ArrayList<>(earlier);
    Attest attest;
    TpmSignature signature;
    try {
      QuoteStructure.checkSizes(quote);
      attest = Attest.parse(quote.attest(), Attest.QUOTE);
      Optional<TpmSignature> read =
          quote.signature().isEmpty() ? Optional.empty() : TpmSignature.parse(quote.signature());
      QuoteStructure.checkReported(quote);
      if (read.isEmpty()) {
        return new Outcome.Refused(List.of(QuoteSignature.missing()));
      }
      signature = read.get();
    } catch (MalformedException e) {
      return new Outcome.Refused(List.of(malformed("the quote cannot be read: " + e.words())));
    }
    Map<Pcr, Bytes> values =
        new QuoteStructure(quote, attest, signature, expectation).check(qualifying, findings);
    if (findings.isEmpty()) {
      QuoteSignature.check(quote.attest(), signature, expectation.key(), findings);
    }
    if (findings.isEmpty()) {
      expectation
          .lastAccepted()
          .ifPresent(before -> checkBoot(before, attest.counters(), findings));
      checkFirmware(attest.counters().firmwareVersion(), expectation, findings);
    }
    if (!findings.isEmpty()) {
      return new Outcome.Refused(findings);
    }
    List<Claim> claims = new ArrayList<>();
    values.forEach((pcr, value) -> claims.add(new Claim.RegisterDigest(new PcrValue(pcr, value))));
    claims.add(new Claim.BoundData(qualifying.data()));
    claims.add(new Claim.Boot(attest.counters()));
    claims.add(new Claim.Measurement(FIRMWARE, u64(attest.counters().firmwareVersion())));
    if (!quote.eventLog().isEmpty()) {
      switch (memory.replay(quote.eventLog(), values, expectation.eventLogRules())) {
        case VerifiedEvents events -> claims.addAll(events.events());
        case Replay.Mismatched(List<Finding> wrong) -> findings.addAll(wrong);
      }
    } else if (expectation.eventLogRequired()) {
      findings.add(eventLogMissing());
    }
    expectation
        .ima()
        .ifPresent(rules -> checkFiles(quote.imaLog(), values, rules, claims, findings));
    return findings.isEmpty()
        ? new Outcome.Proven(claims, Optional.empty())
        : new Outcome.Refused(findings);
  }

  private static List<Finding> checkSizes(EvidenceBundle bundle) {
    List<Finding> findings = new ArrayList<>();
    if (bundle.evidence().isEmpty()) {
      findings.add(
          Finding.against(Reason.EVIDENCE_MISSING, "the bundle holds no statement")
              .remedy("Send a TPM quote."));
    } else if (bundle.evidence().size() > 1
        || !bundle.evidence().getFirst().component().isEmpty()) {
      findings.add(
          malformed(
              "a TPM quote is the node's own and only statement, and this bundle has "
                  + bundle.evidence().size()));
    }
    if (bundle.runtimeMetrics().length() > EvidenceBundle.RUNTIME_METRICS_MAX_BYTES) {
      findings.add(malformed("the runtime metrics have more than 4 KiB"));
    }
    if (bundle.sessionPublicKey().length() > EvidenceBundle.SESSION_PUBLIC_KEY_MAX_BYTES) {
      findings.add(malformed("the session key has more than 1 KiB"));
    }
    return findings;
  }

  private static void checkBoot(BootCounters before, BootCounters now, List<Finding> findings) {
    List<String> changed = new ArrayList<>();
    if (now.resetCount() != before.resetCount()) {
      changed.add("resetCount went from " + before.resetCount() + " to " + now.resetCount());
    }
    if (now.restartCount() != before.restartCount()) {
      changed.add("restartCount went from " + before.restartCount() + " to " + now.restartCount());
    }
    if (Long.compareUnsigned(now.clockMillis(), before.clockMillis()) < 0) {
      changed.add("the TPM's clock went backwards");
    }
    if (!changed.isEmpty()) {
      findings.add(
          Finding.against(
                  Reason.REATTEST_REBOOT,
                  "the node rebooted since its last accepted quote: " + String.join(", ", changed))
              .at("tpm/boot")
              .remedy("Attest the node anew: a reboot ends all that was known of it."));
    }
  }

  private static void checkFirmware(
      long version, Tpm2Expectation expectation, List<Finding> findings) {
    Set<Long> allowed = expectation.firmwareVersions();
    if (!allowed.isEmpty() && !allowed.contains(version)) {
      findings.add(
          Finding.against(Reason.TPM_FIRMWARE, "the TPM's firmware is not one that is allowed")
              .at(FIRMWARE)
              .expecting(allowed.stream().map(one -> u64(one).hex()).sorted().toList())
              .finding(u64(version).hex())
              .remedy("Update the TPM's firmware, or allow this version of it."));
    }
  }

  private static Bytes u64(long number) {
    return Bytes.of(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
  }

  private static Finding eventLogMissing() {
    return Finding.against(
            Reason.EVIDENCE_MISSING, "the policy appraises events, and no log was sent")
        .at("eventlog")
        .remedy("Send the firmware's event log with the quote.");
  }

  private static void checkFiles(
      Bytes list,
      Map<Pcr, Bytes> values,
      ImaRules rules,
      List<Claim> claims,
      List<Finding> findings) {
    if (list.isEmpty()) {
      if (rules.required()) {
        findings.add(
            Finding.against(
                    Reason.EVIDENCE_MISSING, "the policy appraises files, and no list was sent")
                .at("ima")
                .remedy(
                    "Let the kernel measure files (IMA), and the node read its"
                        + " binary_runtime_measurements."));
      }
      return;
    }
    // The list is read after the quote, and may have grown: its end waits for the next quote.
    switch (ImaVerifier.verifyBoot(list, values, rules.files().withTailAllowed())) {
      case Outcome.Proven proven -> claims.addAll(proven.claims());
      case Outcome.Refused refused -> findings.addAll(refused.findings());
    }
  }

  private static Finding malformed(String message) {
    return Finding.against(Reason.EVIDENCE_MALFORMED, message)
        .at("tpm/quote")
        .remedy("Send the structures as the TPM returned them.");
  }
}
