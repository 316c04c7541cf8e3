package dev.holdfast.attestation.verifier;

import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Challenge;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.EvidenceBundle;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.cmw.CmwParser;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.eventlog.ReplayMemory;
import dev.holdfast.attestation.tpm2.Tpm2Expectation;
import dev.holdfast.attestation.tpm2.Tpm2QuoteVerifier;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Proves what a node's answer says, whatever the formats of its statements. Never throws, whatever
 * the evidence. Safe for use by many threads.
 *
 * <p>What the answer must show whatever its format comes first: the nonce, the channel, the sizes.
 * Then the node's own statement and those of its devices are verified, and all that is wrong with
 * any of them is listed.
 */
public final class Verifier {
  private final DcapMemory memory;
  private final ReplayMemory replays;

  /**
   * A verifier that remembers.
   *
   * @param memory what is remembered between two answers: paths and collateral, judged against the
   *     clock at each use
   * @param replays event logs of TPMs that led to their registers
   */
  public Verifier(DcapMemory memory, ReplayMemory replays) {
    this.memory = memory;
    this.replays = replays;
  }

  /** Verifies an answer. */
  public Verification verify(
      EvidenceBundle bundle,
      Challenge challenge,
      Expectation expectation,
      TrustAnchors anchors,
      Collateral collateral,
      Instant at) {
    try {
      List<Finding> findings = new ArrayList<>();
      checkForm(bundle, findings);
      if (!findings.isEmpty()) {
        return new Verification.Rejected(bundle.digest(), findings);
      }
      if (unwrapped(bundle.evidence().getFirst()) instanceof Evidence.Tpm2Quote quote) {
        return ofTpm(quote, bundle, challenge, expectation, anchors, collateral, at);
      }
      findings.addAll(challenge.checkAnswer(bundle));
      if (!findings.isEmpty()) {
        return new Verification.Rejected(bundle.digest(), findings);
      }
      return all(bundle, challenge, expectation, anchors, collateral, at);
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Verification.Rejected(
          bundle.digest(),
          List.of(
              malformed(
                      "verification failed with " + e.getClass().getSimpleName(),
                      "Report the evidence: no input should do this.")
                  .remedy("Send evidence as the node's own software makes it.")));
    }
  }

  /** A TPM quote looks at nonce and channel itself, to say all that is wrong with it at once. */
  private Verification ofTpm(
      Evidence.Tpm2Quote quote,
      EvidenceBundle bundle,
      Challenge challenge,
      Expectation expectation,
      TrustAnchors anchors,
      Collateral collateral,
      Instant at) {
    if (!(expectation.identity() instanceof Identity.TpmKey key)) {
      return new Verification.Rejected(
          bundle.digest(),
          List.of(
              Finding.against(Reason.AK_NOT_BOUND, "the node was not enrolled with a TPM")
                  .at("tpm/ak")
                  .remedy("Enrol the node anew, with the keys of its TPM.")));
    }
    EvidenceBundle own =
        new EvidenceBundle(
            bundle.nonce(),
            List.of(quote),
            bundle.runtimeMetrics(),
            bundle.sessionPublicKey(),
            bundle.digest());
    Verification verification =
        Tpm2QuoteVerifier.verify(own, challenge, tpm(key, expectation), replays);
    if (!(verification instanceof Verification.Verified verified)
        || bundle.evidence().size() == 1) {
      return verification;
    }
    Verification rest = devices(bundle, challenge, expectation, anchors, collateral, at);
    return switch (rest) {
      case Verification.Rejected rejected -> rejected;
      case Verification.Verified devices -> {
        List<Claim> claims = new ArrayList<>(verified.claims());
        claims.addAll(devices.claims());
        yield new Verification.Verified(
            bundle.digest(), challenge.nonce(), claims, devices.notAfter());
      }
    };
  }

  private static Tpm2Expectation tpm(Identity.TpmKey key, Expectation expectation) {
    Tpm2Expectation quote =
        Tpm2Expectation.of(key.key(), expectation.rules().quotedSelections())
            .withEventLogRules(expectation.rules().eventLog());
    if (expectation.rules().eventsRequired()) {
      quote = quote.withEventLog(expectation.rules().eventLog());
    }
    quote = expectation.rules().ima().map(quote::withIma).orElse(quote);
    return key.lastAccepted().map(quote::after).orElse(quote);
  }

  private Verification all(
      EvidenceBundle bundle,
      Challenge challenge,
      Expectation expectation,
      TrustAnchors anchors,
      Collateral collateral,
      Instant at) {
    Statements statements =
        new Statements(binding(bundle, challenge), expectation, anchors, collateral, at, memory);
    Evidence first = unwrapped(bundle.evidence().getFirst());
    List<Finding> findings = new ArrayList<>();
    List<Claim> claims = new ArrayList<>();
    List<Instant> ends = new ArrayList<>();
    switch (statements.verify(first)) {
      case Outcome.Refused refused -> findings.addAll(refused.findings());
      case Outcome.Proven proven -> {
        checkHardware(first, proven, expectation.identity(), findings);
        claims.addAll(proven.claims());
        proven.notAfter().ifPresent(ends::add);
      }
    }
    switch (devices(bundle, challenge, expectation, anchors, collateral, at)) {
      case Verification.Rejected rejected -> findings.addAll(rejected.findings());
      case Verification.Verified devices -> {
        claims.addAll(devices.claims());
        devices.notAfter().ifPresent(ends::add);
      }
    }
    if (!findings.isEmpty()) {
      return new Verification.Rejected(bundle.digest(), findings);
    }
    claims.add(new Claim.BoundMetrics(bundle.runtimeMetrics()));
    claims.add(new Claim.Word(Verification.FORMAT, first.format().word()));
    return new Verification.Verified(
        bundle.digest(), challenge.nonce(), claims, ends.stream().min(Instant::compareTo));
  }

  /** All statements but the first. */
  private Verification devices(
      EvidenceBundle bundle,
      Challenge challenge,
      Expectation expectation,
      TrustAnchors anchors,
      Collateral collateral,
      Instant at) {
    Statements statements =
        new Statements(binding(bundle, challenge), expectation, anchors, collateral, at, memory);
    List<Finding> findings = new ArrayList<>();
    List<Claim> claims = new ArrayList<>();
    Optional<Instant> end = Optional.empty();
    for (Evidence evidence : bundle.evidence().subList(1, bundle.evidence().size())) {
      String component = evidence.component();
      switch (statements.verifyDevice(unwrapped(evidence))) {
        case Outcome.Refused refused ->
            refused.findings().forEach(finding -> findings.add(finding.of(component)));
        case Outcome.Proven proven -> {
          proven.claims().forEach(claim -> claims.add(new Claim.OfDevice(component, claim)));
          claims.add(
              new Claim.OfDevice(
                  component,
                  new Claim.Word(Verification.FORMAT, unwrapped(evidence).format().word())));
          end = Stream.concat(end.stream(), proven.notAfter().stream()).min(Instant::compareTo);
        }
      }
    }
    return findings.isEmpty()
        ? new Verification.Verified(bundle.digest(), challenge.nonce(), claims, end)
        : new Verification.Rejected(bundle.digest(), findings);
  }

  private static Bytes binding(EvidenceBundle bundle, Challenge challenge) {
    return Binding.of(challenge.nonce(), bundle.runtimeMetrics(), challenge.channelPublicKey())
        .digest();
  }

  /** What a wrapper holds, where that is one statement of a known format; else as it is. */
  private static Evidence unwrapped(Evidence evidence) {
    return evidence instanceof Evidence.ConceptualMessage(String component, Bytes wrapper)
            && CmwParser.parse(wrapper) instanceof CmwParser.Legible legible
        ? Wrapped.statement(component, legible.wrapper()).orElse(evidence)
        : evidence;
  }

  private static void checkForm(EvidenceBundle bundle, List<Finding> findings) {
    if (bundle.evidence().isEmpty()) {
      findings.add(
          Finding.against(Reason.EVIDENCE_MISSING, "the bundle holds no statement")
              .remedy("Send a statement in a format that the challenge names."));
      return;
    }
    if (bundle.evidence().size() > EvidenceBundle.EVIDENCE_MAX) {
      findings.add(
          malformed(
              "the bundle has more than 16 statements",
              "Send one statement for the node, and one for each of its devices, of which 15 may"
                  + " speak."));
    }
    if (!bundle.evidence().getFirst().component().isEmpty()) {
      findings.add(
          malformed(
              "the first statement is the node's own, and names no device",
              "Send the node's own statement first."));
    }
    Set<String> components = new HashSet<>();
    for (Evidence evidence : bundle.evidence().subList(1, bundle.evidence().size())) {
      if (evidence.component().isEmpty() || !components.add(evidence.component())) {
        findings.add(
            Finding.against(
                    Reason.EVIDENCE_DUPLICATE,
                    "every statement but the first is of a device, and of each device there is one")
                .of(evidence.component())
                .remedy("Send one statement for the node, and one for each device."));
      }
    }
    if (bundle.runtimeMetrics().length() > EvidenceBundle.RUNTIME_METRICS_MAX_BYTES) {
      findings.add(
          malformed(
              "the runtime metrics have more than 4 KiB",
              "Send fewer metrics: no change of policy allows more."));
    }
    if (bundle.sessionPublicKey().length() > EvidenceBundle.SESSION_PUBLIC_KEY_MAX_BYTES) {
      findings.add(
          malformed(
              "the session key has more than 1 KiB",
              "Use a key of a usual size, such as P-256: no change of policy allows larger ones."));
    }
  }

  private static void checkHardware(
      Evidence evidence, Outcome.Proven proven, Identity identity, List<Finding> findings) {
    Optional<Bytes> named = Hardware.identifier(evidence.format(), proven.claims());
    switch (identity) {
      case Identity.Unknown _ -> {}
      case Identity.TpmKey _ ->
          findings.add(
              Finding.against(
                      Reason.FORMAT_UNSUPPORTED, "the node was enrolled with the keys of a TPM")
                  .at(Verification.FORMAT)
                  .expecting("tpm2-quote")
                  .finding(evidence.format().word())
                  .remedy("Send a quote of its TPM, or enrol the node anew."));
      case Identity.Hardware(Bytes expected) -> {
        if (!named.map(Sha256::of).equals(Optional.of(expected))) {
          findings.add(
              Finding.against(
                      Hardware.mismatch(evidence.format()),
                      "the evidence comes from other hardware than the node was enrolled with")
                  .at(Hardware.claim(evidence.format()).orElse(""))
                  .expecting(expected.hex())
                  .finding(named.map(identifier -> Sha256.of(identifier).hex()).orElse(""))
                  .remedy("Delete the node and create it anew, if it was moved."));
        }
      }
    }
  }

  private static Finding malformed(String message, String remedy) {
    return Finding.against(Reason.EVIDENCE_MALFORMED, message).at("evidence").remedy(remedy);
  }
}
