package dev.holdfast.attestation.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.snp.SnpEvidence;
import dev.holdfast.attestation.snp.SnpExpectation;
import dev.holdfast.attestation.snp.SnpExpectation.Allowance;
import dev.holdfast.attestation.snp.SnpReportVerifier;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.Certificates;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Judges attestation reports of AMD SEV-SNP guests. */
public final class SnpReportJudge implements Judge {
  @Override
  public String format() {
    return "sev-snp-report";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of(
        "report",
        "vek",
        "certificates",
        "anchors",
        "crl",
        "report_data",
        "bound_data",
        "host_data");
  }

  @Override
  public Set<String> policyMembers() {
    return Set.of("product", "stepping", "debug_allowed", "measurement", "vmpl");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    Anchors anchors = X509PathJudge.anchors(inputs.list("anchors"));
    if (inputs.has("crl")) {
      try {
        anchors = anchors.with(Certificates.parseCrls(inputs.bytes("crl")));
      } catch (MalformedException e) {
        return Answer.of(Finding.against(Reason.DER_MALFORMED, e.words()));
      }
    }
    SnpEvidence evidence =
        new SnpEvidence(inputs.bytes("report"), inputs.bytes("vek"), inputs.list("certificates"));
    return Answer.of(
        SnpReportVerifier.verify(evidence, expectation(inputs), anchors, question.at()));
  }

  /** What cases do not name they do not demand. */
  private static SnpExpectation expectation(Inputs inputs) {
    EnumSet<Allowance> allowances =
        EnumSet.of(Allowance.MIGRATION_AGENT, Allowance.PROVISIONAL_FIRMWARE);
    if (!inputs.has("crl")) {
      allowances.add(Allowance.NO_REVOCATION_LIST);
    }
    JsonNode policy = inputs.policy();
    if (policy.path("debug_allowed").asBoolean(false)) {
      allowances.add(Allowance.DEBUG);
    }
    SnpExpectation expectation =
        SnpExpectation.STRICT.allowing(allowances.toArray(Allowance[]::new));
    if (inputs.has("report_data")) {
      expectation = expectation.withReportData(inputs.bytes("report_data"));
    }
    if (inputs.has("bound_data")) {
      expectation = expectation.withBoundData(inputs.bytes("bound_data"));
    }
    if (inputs.has("host_data")) {
      expectation = expectation.withHostData(inputs.bytes("host_data"));
    }
    if (policy.has("measurement")) {
      expectation =
          expectation.withMeasurements(
              Set.of(Inputs.hex(policy.get("measurement").asText(), "measurement")));
    }
    if (policy.has("vmpl")) {
      expectation = expectation.withVmpl(policy.get("vmpl").asInt(-1));
    }
    return product(policy).map(expectation::withProduct).orElse(expectation);
  }

  private static Optional<SnpExpectation.Product> product(JsonNode policy) {
    if (!policy.has("product") && !policy.has("stepping")) {
      return Optional.empty();
    }
    return Optional.of(
        new SnpExpectation.Product(
            policy.path("product").asText("Milan"),
            policy.has("stepping")
                ? Optional.of(policy.get("stepping").asText())
                : Optional.empty()));
  }
}
