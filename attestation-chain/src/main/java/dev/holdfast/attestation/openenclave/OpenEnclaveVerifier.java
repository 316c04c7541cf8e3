package dev.holdfast.attestation.openenclave;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.DcapEvidence;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.dcap.ReportDataRule;
import dev.holdfast.attestation.sgx.SgxQuoteVerifier;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Proves what Open Enclave evidence says: a remote report, evidence with custom claims, or an
 * attested-TLS certificate. The wrapping is judged first, then the quote inside as any SGX quote,
 * with the collateral of the endorsements. Never throws, whatever the evidence.
 */
public final class OpenEnclaveVerifier {
  private OpenEnclaveVerifier() {}

  /**
   * Verifies evidence.
   *
   * @param evidence a remote report, evidence with its header, or a certificate, DER or PEM
   * @param endorsements as the SDK returned them; empty where there are none
   */
  public static Outcome verify(
      Bytes evidence, Bytes endorsements, DcapExpectation expectation, Instant at) {
    if (endorsements.isEmpty()) {
      return verify(evidence, Optional.empty(), expectation, at, DcapMemory.none());
    }
    return switch (OpenEnclaveEndorsements.parse(endorsements)) {
      case OpenEnclaveEndorsements.Illegible(Finding finding) -> new Outcome.Refused(finding);
      case OpenEnclaveEndorsements.Legible(OpenEnclaveEndorsements read) ->
          verify(evidence, Optional.of(read.collateral()), expectation, at, DcapMemory.none());
    };
  }

  /**
   * Verifies evidence with collateral, wherever that comes from.
   *
   * @param collateral what the platform is judged by; where it is absent the expectation must say
   *     that none is required
   * @param memory what is remembered of earlier quotes
   */
  public static Outcome verify(
      Bytes evidence,
      Optional<DcapCollateral> collateral,
      DcapExpectation expectation,
      Instant at,
      DcapMemory memory) {
    try {
      return isCertificate(evidence)
          ? certificate(AttestedTlsCertificate.parse(evidence), collateral, expectation, at, memory)
          : wrapped(OpenEnclaveEvidence.parse(evidence), collateral, expectation, at, memory);
    } catch (MalformedException e) {
      return new Outcome.Refused(
          Finding.against(Reason.EVIDENCE_MALFORMED, "the evidence cannot be read: " + e.words())
              .at("oe/evidence")
              .remedy("Send the evidence as the SDK returned it."));
    } catch (OpenEnclaveEvidence.UnknownFormat e) {
      return new Outcome.Refused(
          Finding.against(Reason.FORMAT_UNSUPPORTED, e.words() + " is not verified here")
              .at("oe/evidence")
              .remedy("Ask the enclave for evidence of the format SGX_ECDSA."));
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(
          Finding.against(
                  Reason.EVIDENCE_MALFORMED,
                  "verification failed with " + e.getClass().getSimpleName())
              .at("oe/evidence"));
    }
  }

  private static boolean isCertificate(Bytes evidence) {
    return !evidence.isEmpty() && (evidence.at(0) == 0x30 || evidence.at(0) == '-');
  }

  private static Outcome certificate(
      AttestedTlsCertificate certificate,
      Optional<DcapCollateral> collateral,
      DcapExpectation expectation,
      Instant at,
      DcapMemory memory) {
    OpenEnclaveEvidence evidence = OpenEnclaveEvidence.parse(certificate.evidence());
    List<Finding> findings = new ArrayList<>();
    certificate.check(at, findings);
    if (!findings.isEmpty()) {
      return new Outcome.Refused(findings);
    }
    ReportDataRule bound = new ReportDataRule.BeginsWithHashOf(certificate.keyText());
    Outcome outcome =
        wrapped(
            evidence,
            collateral,
            expectation.withReportData(bound.and(expectation.reportData())),
            at,
            memory);
    if (!(outcome instanceof Outcome.Proven proven)) {
      return outcome;
    }
    Instant end = certificate.certificate().getNotAfter().toInstant();
    List<Claim> claims = new ArrayList<>(proven.claims());
    claims.add(
        new Claim.Measurement(
            "oe/tls-key", Bytes.of(certificate.certificate().getPublicKey().getEncoded())));
    return new Outcome.Proven(
        claims, Optional.of(proven.notAfter().filter(end::isAfter).orElse(end)));
  }

  private static Outcome wrapped(
      OpenEnclaveEvidence evidence,
      Optional<DcapCollateral> collateral,
      DcapExpectation expectation,
      Instant at,
      DcapMemory memory) {
    DcapExpectation bound =
        evidence
            .customClaims()
            .<ReportDataRule>map(ReportDataRule.BeginsWithHashOf::new)
            .map(rule -> expectation.withReportData(rule.and(expectation.reportData())))
            .orElse(expectation);
    Outcome outcome =
        SgxQuoteVerifier.verify(DcapEvidence.of(evidence.quote()), collateral, bound, at, memory);
    if (!(outcome instanceof Outcome.Proven proven)) {
      return outcome;
    }
    List<Claim> claims = new ArrayList<>(proven.claims());
    claims.add(new Claim.Word("oe/format", evidence.format().name().toLowerCase(Locale.ROOT)));
    evidence.customClaims().ifPresent(bytes -> claim(bytes, claims));
    return new Outcome.Proven(claims, proven.notAfter());
  }

  private static void claim(Bytes customClaims, List<Claim> claims) {
    claims.add(new Claim.Measurement("oe/custom-claims", customClaims));
    try {
      CustomClaims.parse(customClaims)
          .values()
          .forEach((name, value) -> claims.add(new Claim.Measurement("oe/claim/" + name, value)));
    } catch (MalformedException e) {
      // The enclave put in bytes of another form: they stand above, whole.
    }
  }
}
