package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.x509.CertificatePath;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an SGX or TDX quote must show.
 *
 * @param anchors the pinned roots, such as Intel's SGX Root CA; empty trusts nothing; revocation
 *     lists come with the collateral
 * @param tcb which states of the platform are good enough
 * @param debugAllowed whether an environment that can be debugged passes
 * @param trailingBytes what may follow the end of the quote
 * @param reportData what the quote must sign for its maker
 * @param measurements the allowed values by claim: {@code sgx/mrenclave}, {@code sgx/mrsigner},
 *     {@code tdx/mrtd}, {@code tdx/rtmr/0} and so on; a claim that is not named is not judged
 * @param eventLogRequired whether an event log must be there (TDX); one that is there is always
 *     replayed
 * @param eventLogRules how much the log must keep to its specification
 */
public record DcapExpectation(
    CertificatePath.Anchors anchors,
    TcbPolicy tcb,
    boolean debugAllowed,
    TrailingBytes trailingBytes,
    ReportDataRule reportData,
    Map<String, List<Bytes>> measurements,
    boolean eventLogRequired,
    EventLogRules eventLogRules) {
  /** Copies the lists. */
  public DcapExpectation {
    Map<String, List<Bytes>> copy = new TreeMap<>();
    measurements.forEach((name, values) -> copy.put(name, List.copyOf(values)));
    measurements = Map.copyOf(copy);
  }

  /** Strict in all; any report data and measurements, for the caller to judge. */
  public static DcapExpectation strict(CertificatePath.Anchors anchors) {
    return new DcapExpectation(
        anchors,
        TcbPolicy.STRICT,
        false,
        TrailingBytes.NONE,
        new ReportDataRule.Free(),
        Map.of(),
        false,
        EventLogRules.REPLAY_ONLY);
  }

  /** The same with other roots. */
  public DcapExpectation withAnchors(CertificatePath.Anchors roots) {
    return new DcapExpectation(
        roots,
        tcb,
        debugAllowed,
        trailingBytes,
        reportData,
        measurements,
        eventLogRequired,
        eventLogRules);
  }

  /** The same with another policy for the platform's state. */
  public DcapExpectation withTcb(TcbPolicy policy) {
    return new DcapExpectation(
        anchors,
        policy,
        debugAllowed,
        trailingBytes,
        reportData,
        measurements,
        eventLogRequired,
        eventLogRules);
  }

  /** The same with environments that can be debugged. */
  public DcapExpectation withDebugAllowed() {
    return new DcapExpectation(
        anchors,
        tcb,
        true,
        trailingBytes,
        reportData,
        measurements,
        eventLogRequired,
        eventLogRules);
  }

  /** The same with bytes after the end of the quote. */
  public DcapExpectation withTrailingBytes(TrailingBytes allowed) {
    return new DcapExpectation(
        anchors,
        tcb,
        debugAllowed,
        allowed,
        reportData,
        measurements,
        eventLogRequired,
        eventLogRules);
  }

  /** The same with report data that must be so. */
  public DcapExpectation withReportData(ReportDataRule rule) {
    return new DcapExpectation(
        anchors,
        tcb,
        debugAllowed,
        trailingBytes,
        rule,
        measurements,
        eventLogRequired,
        eventLogRules);
  }

  /** The same with measurements that must be among the given ones. */
  public DcapExpectation withMeasurements(Map<String, List<Bytes>> allowed) {
    return new DcapExpectation(
        anchors,
        tcb,
        debugAllowed,
        trailingBytes,
        reportData,
        allowed,
        eventLogRequired,
        eventLogRules);
  }

  /** The same with an event log that may be absent, or must be there, and keeps to these rules. */
  public DcapExpectation withEventLog(boolean required, EventLogRules rules) {
    return new DcapExpectation(
        anchors, tcb, debugAllowed, trailingBytes, reportData, measurements, required, rules);
  }
}
