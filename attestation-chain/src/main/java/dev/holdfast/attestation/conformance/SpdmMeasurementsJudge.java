package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.spdm.SpdmEvidence;
import dev.holdfast.attestation.spdm.SpdmExpectation;
import dev.holdfast.attestation.spdm.SpdmVerifier;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.PathMemory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Signed measurements of one device, or of several that answer one nonce. */
public final class SpdmMeasurementsJudge implements Judge {
  private static final String DISTINCT = "distinct_devices";

  /** The judge. */
  public SpdmMeasurementsJudge() {}

  @Override
  public String format() {
    return "spdm-measurements";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("report", "certificates", "reports", "chains", "anchors", "nonce");
  }

  @Override
  public Set<String> policyMembers() {
    return Set.of(DISTINCT);
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    SpdmExpectation expectation =
        SpdmExpectation.ofAnyDevice(inputs.bytes("nonce"), anchors(inputs)).withVersion11Allowed();
    Instant at = question.at();
    if (!inputs.has("reports")) {
      return Answer.of(
          SpdmVerifier.verify(
              new SpdmEvidence("", inputs.bytes("report"), inputs.list("certificates")),
              expectation,
              at));
    }
    List<Bytes> reports = inputs.list("reports");
    List<Bytes> chains = inputs.list("chains");
    if (reports.isEmpty() || reports.size() != chains.size()) {
      throw new CaseException("reports and chains are not of equal length");
    }
    List<SpdmVerifier.Claimant> claimants = new ArrayList<>();
    for (int i = 0; i < reports.size(); i++) {
      claimants.add(
          new SpdmVerifier.Claimant(
              new SpdmEvidence("device-" + i, reports.get(i), List.of(chains.get(i))),
              expectation));
    }
    if (question.inputs().policy().path(DISTINCT).asBoolean(true)) {
      return Answer.of(SpdmVerifier.verifyAll(claimants, at, PathMemory.none()));
    }
    Answer last = new Answer.Unsupported("there are no reports");
    for (SpdmVerifier.Claimant claimant : claimants) {
      last = Answer.of(SpdmVerifier.verify(claimant.evidence(), expectation, at));
      if (last instanceof Answer.Rejected) {
        return last;
      }
    }
    return last;
  }

  /** The anchors of a case. */
  static Anchors anchors(Inputs inputs) {
    try {
      return Anchors.parse(inputs.list("anchors"), List.of());
    } catch (IllegalArgumentException e) {
      throw new CaseException("the anchors cannot be read: " + e.getMessage());
    }
  }
}
