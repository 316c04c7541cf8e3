package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.collateral.CollateralVerifier;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.collateral.VerifiedCollateral;
import dev.holdfast.attestation.x509.CertificatePath;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The judgement of one quote, in stages from cheap to dear: it stops after the first stage with
 * findings, and lists all findings of that stage.
 *
 * <p>The stages: the quote is read; its report data is compared, and all that is needed is there;
 * the collateral and the PCK's certificates lead to the anchors; what the quote says of itself is
 * compared with what is expected; both signatures are verified, and the key between them is bound;
 * the quoting enclave and the platform's state are judged; the event log is replayed. Certificates
 * come so early because they cost nothing where they are remembered.
 *
 * @param <B> the report of one kind of environment
 */
public final class DcapVerification<B extends ReportBody> {
  private final TeeRules<B> rules;
  private final DcapEvidence evidence;
  private final DcapExpectation expectation;
  private final Instant at;
  private final DcapMemory memory;
  private final List<Finding> findings = new ArrayList<>();

  private DcapVerification(
      TeeRules<B> rules,
      DcapEvidence evidence,
      DcapExpectation expectation,
      Instant at,
      DcapMemory memory) {
    this.rules = rules;
    this.evidence = evidence;
    this.expectation = expectation;
    this.at = at;
    this.memory = memory;
  }

  /** What certificates and collateral came to. */
  private record Trusted(
      CertificatePath.Sound path, PckMemory.Pck leaf, Optional<VerifiedCollateral> collateral) {
    PckCertificate pck() {
      return leaf.certificate();
    }
  }

  /**
   * Verifies a quote; never throws.
   *
   * @param rules of the kind of environment
   * @param evidence the quote and what came with it
   * @param collateral what the platform is judged by
   * @param expectation what the quote must show
   * @param at the only clock
   * @param memory what is remembered of earlier quotes
   */
  public static <B extends ReportBody> Outcome verify(
      TeeRules<B> rules,
      DcapEvidence evidence,
      Optional<DcapCollateral> collateral,
      DcapExpectation expectation,
      Instant at,
      DcapMemory memory) {
    try {
      return new DcapVerification<>(rules, evidence, expectation, at, memory).judge(collateral);
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(
          Finding.against(
                  Reason.EVIDENCE_MALFORMED,
                  "verification failed with " + e.getClass().getSimpleName())
              .at("quote"));
    }
  }

  private Outcome judge(Optional<DcapCollateral> collateral) {
    Quote quote;
    switch (Quote.parse(evidence.quote(), expectation.trailingBytes())) {
      case Quote.Illegible(Finding finding) -> {
        return new Outcome.Refused(finding);
      }
      case Quote.Legible(Quote read) -> quote = read;
    }
    Optional<B> body = rules.body(quote.body());
    if (body.isEmpty()) {
      return new Outcome.Refused(
          Finding.against(
                  Reason.QUOTE_VERSION,
                  "the quote of version " + quote.version() + " is not about " + rules.tee())
              .at("quote")
              .remedy("Send it as what it is."));
    }
    PckChain chain = new PckChain(quote.signature().certification(), evidence.pckChain());
    checkPresence(collateral.isPresent());
    chain.check(findings);
    checkReportData(expectation.reportData(), body.get().reportData());
    if (!findings.isEmpty()) {
      return new Outcome.Refused(findings);
    }
    Optional<Trusted> trusted = trust(chain, collateral);
    if (trusted.isEmpty()) {
      return new Outcome.Refused(findings);
    }
    checkContent(quote, body.get());
    if (!findings.isEmpty()) {
      return new Outcome.Refused(findings);
    }
    checkSignatures(quote, trusted.get().leaf().key());
    checkBinding(quote.signature());
    if (!findings.isEmpty()) {
      return new Outcome.Refused(findings);
    }
    List<Claim> claims = new ArrayList<>();
    checkState(quote, body.get(), trusted.get(), claims);
    if (!findings.isEmpty()) {
      return new Outcome.Refused(findings);
    }
    claim(quote, body.get(), trusted.get(), claims);
    rules.checkEvents(body.get(), evidence.eventLog(), expectation, claims, findings);
    return findings.isEmpty()
        ? new Outcome.Proven(claims, Optional.of(notAfter(trusted.get())))
        : new Outcome.Refused(findings);
  }

  private static Instant notAfter(Trusted trusted) {
    Instant path = trusted.path().notAfter();
    return trusted
        .collateral()
        .map(VerifiedCollateral::notAfter)
        .filter(path::isAfter)
        .orElse(path);
  }

  private void checkPresence(boolean collateral) {
    if (!collateral && expectation.tcb().collateralRequired()) {
      findings.add(
          Finding.against(
                  Reason.COLLATERAL_MISSING,
                  "without collateral nothing is known of the platform's state")
              .at("collateral")
              .remedy("Hand in the platform's collateral, or say that none is required."));
    }
  }

  private void checkContent(Quote quote, B body) {
    Map<String, Bytes> found = rules.measurements(body);
    new TreeMap<>(expectation.measurements())
        .forEach((name, allowed) -> checkMeasurement(name, allowed, found.get(name)));
    rules.checkBody(body, expectation, findings);
    if (quote.signature().qeReport().debug() && !expectation.debugAllowed()) {
      findings.add(
          Finding.against(Reason.TEE_DEBUG, "the quoting enclave can be debugged")
              .at("qe/debug")
              .remedy("Make the quote with Intel's own quoting enclave."));
    }
  }

  private void checkReportData(ReportDataRule rule, Bytes found) {
    switch (rule) {
      case ReportDataRule.All(List<ReportDataRule> all) ->
          all.forEach(one -> checkReportData(one, found));
      case ReportDataRule.Free() -> {
        // The caller judges the proven bytes.
      }
      case ReportDataRule.Exactly(Bytes value) -> {
        if (!value.equals(found)) {
          // No value is named: what is bound is mostly a nonce.
          findings.add(
              Finding.against(Reason.REPORT_DATA, "the quote signs other report data than asked")
                  .at("bound/data")
                  .remedy("Ask for a quote over the report data of this challenge."));
        }
      }
      case ReportDataRule.BeginsWithHashOf(Bytes data) -> {
        if (!Sha256.of(data).equals(found.slice(0, Sha256.LENGTH))) {
          findings.add(
              Finding.against(
                      Reason.EVIDENCE_SPLICE, "the quote does not bind the data sent beside it")
                  .at("bound/data")
                  .remedy("Send the data that the quote was made over."));
        }
      }
    }
  }

  private void checkMeasurement(
      String name, List<Bytes> allowed, @org.jspecify.annotations.Nullable Bytes found) {
    if (found == null || !allowed.contains(found)) {
      findings.add(
          Finding.against(
                  Reason.MEASUREMENT,
                  found == null
                      ? "the quote reports no " + name
                      : name + " is none of the allowed values")
              .at(name)
              .expecting(allowed.stream().map(Bytes::hex).toList())
              .finding(found == null ? "" : found.hex())
              .remedy("Run what is allowed, or allow the new value."));
    }
  }

  private Optional<Trusted> trust(PckChain chain, Optional<DcapCollateral> collateral) {
    Optional<VerifiedCollateral> verified = Optional.empty();
    if (collateral.isPresent()) {
      switch (CollateralVerifier.verify(
          collateral.get(), expectation.anchors(), at, memory.collateral())) {
        case CollateralVerifier.Believed<VerifiedCollateral> believed ->
            verified = Optional.of(believed.content());
        case CollateralVerifier.Disbelieved<VerifiedCollateral>(List<Finding> why) ->
            findings.addAll(why);
      }
    }
    CertificatePath.Anchors anchors =
        verified.map(VerifiedCollateral::anchors).orElse(expectation.anchors());
    switch (chain.judge(anchors, at, memory.paths())) {
      case CertificatePath.Unsound(Finding finding) ->
          findings.add(
              finding.at("pck").remedy("Send the quote with the whole chain up to a pinned root."));
      case CertificatePath.Sound path -> {
        return pck(chain, path, verified);
      }
    }
    return Optional.empty();
  }

  private Optional<Trusted> pck(
      PckChain chain, CertificatePath.Sound path, Optional<VerifiedCollateral> collateral) {
    PckMemory.Pck leaf;
    try {
      leaf = memory.certificates().read(path.leaf());
    } catch (MalformedException e) {
      findings.add(
          Finding.against(Reason.CERT_CHAIN, "the certificate is none of a PCK: " + e.words())
              .at("pck"));
      return Optional.empty();
    }
    PckCertificate pck = leaf.certificate();
    chain.compare(pck, findings);
    collateral.ifPresent(
        verified ->
            TcbJudgement.checkPlatform(rules.tee(), pck, verified, expectation.tcb(), findings));
    return findings.isEmpty() ? Optional.of(new Trusted(path, leaf, collateral)) : Optional.empty();
  }

  private void checkSignatures(Quote quote, PublicKey pck) {
    QuoteSignature signature = quote.signature();
    if (!P256.verify(pck, signature.qeReport().raw(), signature.qeReportSignature())) {
      findings.add(
          signature("the PCK did not sign the quoting enclave's report", "qe/report-signature"));
    }
    Optional<PublicKey> key = P256.key(signature.attestationKey());
    if (!key.map(k -> P256.verify(k, quote.signed(), signature.signature())).orElse(false)) {
      findings.add(signature("the attestation key did not sign the quote", "quote/signature"));
    }
  }

  /** The enclave's report data is the digest of its key and authentication data, then zeros. */
  private void checkBinding(QuoteSignature signature) {
    Bytes hash = Sha256.of(signature.attestationKey(), signature.qeAuthData());
    Bytes bound = Bytes.concat(hash, Bytes.of(new byte[ReportDataRule.LENGTH - hash.length()]));
    Bytes found = signature.qeReport().reportData();
    if (!bound.equals(found)) {
      findings.add(
          Finding.against(
                  Reason.QE_BINDING,
                  "the quoting enclave's report does not bind the attestation key of the quote")
              .at("qe/report-data")
              .expecting(bound.hex())
              .finding(found.hex())
              .remedy("Send the quote exactly as the platform made it."));
    }
  }

  private static Finding signature(String words, String claim) {
    return Finding.against(Reason.SIGNATURE, words)
        .at(claim)
        .remedy("Send the quote exactly as the platform made it.");
  }

  private void checkState(Quote quote, B body, Trusted trusted, List<Claim> claims) {
    if (trusted.collateral().isEmpty()) {
      return;
    }
    VerifiedCollateral collateral = trusted.collateral().get();
    rules.checkSoftware(body, collateral.tcbInfo(), findings);
    TcbState state = state(quote, body, trusted.pck(), collateral);
    Optional<B> now = rules.startedNow(body);
    if (findings.isEmpty() && now.isPresent()) {
      state.nowIs(state(quote, now.get(), trusted.pck(), collateral));
    }
    if (!findings.isEmpty()) {
      return;
    }
    state.judge(expectation.tcb(), findings);
    claims.add(new Claim.Word("tcb/status", state.status().word()));
    List<String> advisories = state.advisories();
    for (int i = 0; i < advisories.size(); i++) {
      claims.add(new Claim.Word("tcb/advisory/" + i, advisories.get(i)));
    }
    claims.add(
        new Claim.Version(
            "tcb/evaluation-data-number", collateral.tcbInfo().evaluationDataNumber()));
  }

  private TcbState state(Quote quote, B body, PckCertificate pck, VerifiedCollateral collateral) {
    TcbState state = new TcbState();
    TcbJudgement.checkQuotingEnclave(
        rules.quotingEnclave(), quote.signature().qeReport(), collateral, state, findings);
    TcbJudgement.checkLevel(rules, body, pck, collateral, state, findings);
    rules.checkTcb(body, collateral.tcbInfo(), state, findings);
    return state;
  }

  private void claim(Quote quote, B body, Trusted trusted, List<Claim> claims) {
    new TreeMap<>(rules.measurements(body))
        .forEach((name, value) -> claims.add(new Claim.Measurement(name, value)));
    rules.claims(body, claims);
    claims.add(new Claim.BoundData(body.reportData()));
    claims.add(new Claim.Version("quote/version", quote.version()));
    EnclaveReport qe = quote.signature().qeReport();
    claims.add(new Claim.Measurement("qe/mrenclave", qe.mrEnclave()));
    claims.add(new Claim.Measurement("qe/mrsigner", qe.mrSigner()));
    claims.add(new Claim.Version("qe/isv-svn", qe.isvSvn()));
    claims.add(new Claim.Measurement("pck/ppid", trusted.pck().ppid()));
    claims.add(new Claim.Measurement("pck/fmspc", trusted.pck().fmspc()));
    claims.add(new Claim.Version("pck/pce-svn", trusted.pck().pceSvn()));
    claims.add(
        new Claim.Word(
            "pck/ca", trusted.pck().ca() == PckCertificate.Ca.PLATFORM ? "platform" : "processor"));
  }
}
