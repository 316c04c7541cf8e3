package dev.holdfast.attestation.sgx;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.collateral.QeIdentity;
import dev.holdfast.attestation.collateral.TcbInfo;
import dev.holdfast.attestation.collateral.TcbLevel;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.EnclaveReport;
import dev.holdfast.attestation.dcap.ReportBody;
import dev.holdfast.attestation.dcap.TcbState;
import dev.holdfast.attestation.dcap.TeeRules;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What SGX adds to the judgement of a quote. */
final class SgxRules implements TeeRules<EnclaveReport> {
  @Override
  public TcbInfo.Tee tee() {
    return TcbInfo.Tee.SGX;
  }

  @Override
  public QeIdentity.Id quotingEnclave() {
    return QeIdentity.Id.QE;
  }

  @Override
  public Optional<EnclaveReport> body(ReportBody body) {
    return body instanceof EnclaveReport report ? Optional.of(report) : Optional.empty();
  }

  @Override
  public Map<String, Bytes> measurements(EnclaveReport report) {
    return Map.of("sgx/mrenclave", report.mrEnclave(), "sgx/mrsigner", report.mrSigner());
  }

  @Override
  public void checkBody(EnclaveReport report, DcapExpectation expectation, List<Finding> findings) {
    if (!report.initialised()) {
      findings.add(
          Finding.against(Reason.EVIDENCE_SCHEMA, "the report is of no initialised enclave")
              .at("sgx/attributes")
              .finding(report.attributes().hex()));
    }
    if (report.debug() && !expectation.debugAllowed()) {
      findings.add(
          Finding.against(Reason.TEE_DEBUG, "a debugger may read the enclave's memory")
              .at("tee/debug")
              .expecting("ATTRIBUTES.DEBUG clear")
              .finding(report.attributes().hex())
              .remedy("Run the enclave without DEBUG, or allow it for this trust zone."));
    }
  }

  @Override
  public boolean reaches(EnclaveReport report, TcbLevel level) {
    return true;
  }

  @Override
  public void checkSoftware(EnclaveReport report, TcbInfo info, List<Finding> findings) {
    // There is none beside the quoting enclave.
  }

  @Override
  public Optional<EnclaveReport> startedNow(EnclaveReport report) {
    return Optional.empty();
  }

  @Override
  public void checkTcb(EnclaveReport report, TcbInfo info, TcbState state, List<Finding> findings) {
    // The PCK certificate says all of the platform's components.
  }

  @Override
  public void checkEvents(
      EnclaveReport report,
      Bytes eventLog,
      DcapExpectation expectation,
      List<Claim> claims,
      List<Finding> findings) {
    if (!eventLog.isEmpty() || expectation.eventLogRequired()) {
      findings.add(
          Finding.against(
                  Reason.EVIDENCE_SPLICE, "an enclave has no registers that an event log leads to")
              .at("eventlog")
              .remedy("Send and ask for no event log with an SGX quote."));
    }
  }

  @Override
  public void claims(EnclaveReport report, List<Claim> claims) {
    claims.add(new Claim.Version("sgx/isv-prod-id", report.isvProdId()));
    claims.add(new Claim.Version("sgx/isv-svn", report.isvSvn()));
    claims.add(new Claim.Measurement("sgx/attributes", report.attributes()));
    claims.add(new Claim.Measurement("sgx/misc-select", report.miscSelect()));
    claims.add(new Claim.Measurement("sgx/cpu-svn", report.cpuSvn()));
    claims.add(new Claim.Flag("tee/debug", report.debug()));
  }
}
