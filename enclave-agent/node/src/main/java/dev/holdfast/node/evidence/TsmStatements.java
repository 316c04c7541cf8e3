package dev.holdfast.node.evidence;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.snp.CertificateTable;
import dev.holdfast.attestation.snp.SnpEvidence;
import dev.holdfast.node.tee.GuestReport;
import dev.holdfast.node.tee.TsmReports;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.EvidenceFormat;
import dev.holdfast.proto.attestation.v1.SevSnpReport;
import dev.holdfast.proto.attestation.v1.TdxQuote;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A confidential guest whose firmware vouches for it: TDX quotes or SEV-SNP reports. */
final class TsmStatements implements StatementSource {
  private static final Logger LOG = LoggerFactory.getLogger(TsmStatements.class);

  /** The ACPI table that holds a TDX guest's event log. */
  private static final Path KERNEL_EVENT_LOG = Path.of("/sys/firmware/acpi/tables/data/CCEL");

  private final TsmReports reports;
  private final Optional<Path> eventLog;

  TsmStatements(TsmReports reports, Optional<Path> eventLog) {
    this.reports = reports;
    this.eventLog = eventLog;
  }

  @Override
  public EvidenceFormat format() {
    return switch (reports.provider()) {
      case TDX_GUEST -> EvidenceFormat.EVIDENCE_FORMAT_TDX_QUOTE;
      case SEV_GUEST -> EvidenceFormat.EVIDENCE_FORMAT_SEV_SNP_REPORT;
    };
  }

  @Override
  public Evidence statement(Binding binding, Challenge challenge) throws IOException {
    GuestReport report = reports.report(Wire.reportData(binding));
    return switch (report.provider()) {
      case TDX_GUEST ->
          Evidence.newBuilder()
              .setTdxQuote(
                  TdxQuote.newBuilder()
                      .setQuote(Wire.bytes(report.report()))
                      .setEventLog(Wire.eventLog(eventLog, KERNEL_EVENT_LOG)))
              .build();
      case SEV_GUEST ->
          Evidence.newBuilder()
              .setSevSnpReport(
                  SevSnpReport.newBuilder()
                      .setReport(Wire.bytes(report.report()))
                      .addAllCertificates(certificates(report)))
              .build();
    };
  }

  /** None where the host gave none that fits: PAM has collateral of its own. */
  private static List<ByteString> certificates(GuestReport report) {
    if (report.auxiliary().isEmpty()) {
      return List.of();
    }
    try {
      SnpEvidence evidence = CertificateTable.parse(report.auxiliary()).with(report.report());
      List<ByteString> all = new ArrayList<>();
      all.add(Wire.bytes(evidence.endorsementKey()));
      evidence.certificates().forEach(certificate -> all.add(Wire.bytes(certificate)));
      return all;
    } catch (MalformedException e) {
      LOG.warn("the host's certificates are left out: {}", e.words());
      return List.of();
    }
  }

  @Override
  public void close() {
    try {
      reports.close();
    } catch (IOException e) {
      LOG.debug("the report entry stays: {}", e.getMessage());
    }
  }
}
