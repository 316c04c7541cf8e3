package dev.holdfast.attestation.tdx;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Rtmr;
import dev.holdfast.attestation.collateral.IsvLevel;
import dev.holdfast.attestation.collateral.QeIdentity;
import dev.holdfast.attestation.collateral.TcbInfo;
import dev.holdfast.attestation.collateral.TcbLevel;
import dev.holdfast.attestation.collateral.TdxModule;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.ReportBody;
import dev.holdfast.attestation.dcap.TcbState;
import dev.holdfast.attestation.dcap.TdReport;
import dev.holdfast.attestation.dcap.TeeRules;
import dev.holdfast.attestation.eventlog.Replay;
import dev.holdfast.attestation.eventlog.ReplayMemory;
import dev.holdfast.attestation.eventlog.VerifiedEvents;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What TDX adds to the judgement of a quote. */
final class TdxRules implements TeeRules<TdReport> {
  /** Components that name the module itself, which is judged by its own identity from 1.5 on. */
  private static final int MODULE_COMPONENTS = 2;

  @Override
  public TcbInfo.Tee tee() {
    return TcbInfo.Tee.TDX;
  }

  @Override
  public QeIdentity.Id quotingEnclave() {
    return QeIdentity.Id.TD_QE;
  }

  @Override
  public Optional<TdReport> body(ReportBody body) {
    return body instanceof TdReport report ? Optional.of(report) : Optional.empty();
  }

  @Override
  public Map<String, Bytes> measurements(TdReport report) {
    Map<String, Bytes> measurements = new TreeMap<>();
    measurements.put("tdx/mrtd", report.mrTd());
    measurements.put("tdx/mrconfigid", report.mrConfigId());
    measurements.put("tdx/mrowner", report.mrOwner());
    measurements.put("tdx/mrownerconfig", report.mrOwnerConfig());
    measurements.put("tdx/mrseam", report.mrSeam());
    measurements.put("tdx/mrsignerseam", report.mrSignerSeam());
    for (int i = 0; i < report.rtmrs().size(); i++) {
      measurements.put("tdx/rtmr/" + i, report.rtmrs().get(i));
    }
    report.later().ifPresent(later -> measurements.put("tdx/mrservicetd", later.mrServiceTd()));
    return measurements;
  }

  @Override
  public void checkBody(TdReport report, DcapExpectation expectation, List<Finding> findings) {
    if (report.debug() && !expectation.debugAllowed()) {
      findings.add(
          Finding.against(Reason.TEE_DEBUG, "the host may look into the trust domain")
              .at("tee/debug")
              .expecting("TDATTRIBUTES bits 0 to 7 clear")
              .finding(report.tdAttributes().hex())
              .remedy("Start the domain without DEBUG, or allow it for this trust zone."));
    }
    if (report.unknownAttributes()) {
      findings.add(
          Finding.against(
                  Reason.EVIDENCE_SCHEMA, "the domain has attributes that no TDX module defines")
              .at("tdx/td-attributes")
              .finding(report.tdAttributes().hex()));
    }
  }

  @Override
  public boolean reaches(TdReport report, TcbLevel level) {
    int from = report.moduleVersion() == 0 ? 0 : MODULE_COMPONENTS;
    return level.reachedByTdx(report.teeTcbSvn(), from);
  }

  /** The module itself (PCS API 4, 4.5: tdxModule for version 0, else tdxModuleIdentities). */
  @Override
  public void checkSoftware(TdReport report, TcbInfo info, List<Finding> findings) {
    Optional<TdxModule> module = info.module(report.moduleVersion());
    if (module.isPresent() && !isOf(module.get(), report)) {
      findings.add(
          module("the TDX module's signer or attributes are not those of the TCB info", report)
              .expecting(module.get().mrSigner().hex() + " with " + module.get().attributes().hex())
              .finding(report.mrSignerSeam().hex() + " with " + report.seamAttributes().hex()));
    }
  }

  private static boolean isOf(TdxModule module, TdReport report) {
    return module.mrSigner().equals(report.mrSignerSeam())
        && masked(report.seamAttributes(), module.attributesMask()).equals(module.attributes());
  }

  @Override
  public Optional<TdReport> startedNow(TdReport report) {
    return report.madeNow();
  }

  /** The level of the module itself; that of version 0 is among the platform's components. */
  @Override
  public void checkTcb(TdReport report, TcbInfo info, TcbState state, List<Finding> findings) {
    Optional<TdxModule> module = info.module(report.moduleVersion());
    if (module.isEmpty()) {
      findings.add(
          module("the TCB info knows no TDX module of version " + report.moduleVersion(), report));
      return;
    }
    if (report.moduleVersion() == 0) {
      return;
    }
    Optional<IsvLevel> level = IsvLevel.of(module.get().levels(), report.moduleSvn());
    if (level.isEmpty()) {
      findings.add(
          module(
              "the TDX module's security version "
                  + report.moduleSvn()
                  + " reaches no level of the TCB info",
              report));
      return;
    }
    state.add(new TcbState.Part("TDX module", level.get().status(), level.get().advisories()));
  }

  private static Finding module(String words, TdReport report) {
    return Finding.against(Reason.TDX_MODULE, words)
        .at("tdx/mrseam")
        .finding(report.mrSeam().hex())
        .remedy("Update the platform's TDX module, or fetch TCB info that knows it.");
  }

  private static Bytes masked(Bytes value, Bytes mask) {
    byte[] result = value.toByteArray();
    for (int i = 0; i < result.length; i++) {
      result[i] &= (byte) mask.at(i);
    }
    return Bytes.of(result);
  }

  /** Register n of the log is RTMR n - 1 (UEFI 2.10, 38.4.1; register 0 is MRTD). */
  @Override
  public void checkEvents(
      TdReport report,
      Bytes eventLog,
      DcapExpectation expectation,
      List<Claim> claims,
      List<Finding> findings) {
    if (eventLog.isEmpty()) {
      if (expectation.eventLogRequired()) {
        findings.add(
            Finding.against(
                    Reason.EVIDENCE_MISSING, "the policy appraises events, and no log was sent")
                .at("eventlog")
                .remedy("Send the guest's event log with the quote."));
      }
      return;
    }
    Map<Rtmr, Bytes> registers = new HashMap<>();
    for (int i = 0; i < report.rtmrs().size(); i++) {
      registers.put(new Rtmr(i), report.rtmrs().get(i));
    }
    switch (ReplayMemory.none().replay(eventLog, registers, expectation.eventLogRules())) {
      case VerifiedEvents events -> claims.addAll(events.events());
      case Replay.Mismatched(List<Finding> wrong) -> findings.addAll(wrong);
    }
  }

  @Override
  public void claims(TdReport report, List<Claim> claims) {
    claims.add(new Claim.Measurement("tdx/tee-tcb-svn", report.teeTcbSvn()));
    report
        .later()
        .ifPresent(
            later -> claims.add(new Claim.Measurement("tdx/tee-tcb-svn2", later.teeTcbSvn2())));
    claims.add(new Claim.Measurement("tdx/seam-attributes", report.seamAttributes()));
    claims.add(new Claim.Measurement("tdx/td-attributes", report.tdAttributes()));
    claims.add(new Claim.Measurement("tdx/xfam", report.xfam()));
    claims.add(new Claim.Version("tdx/module-version", report.moduleVersion()));
    claims.add(new Claim.Version("tdx/module-svn", report.moduleSvn()));
    claims.add(new Claim.Flag("tee/debug", report.debug()));
  }
}
