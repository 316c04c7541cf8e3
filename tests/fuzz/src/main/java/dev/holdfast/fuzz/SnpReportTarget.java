package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.snp.SnpEvidence;
import dev.holdfast.attestation.snp.SnpExpectation;
import dev.holdfast.attestation.snp.SnpReport;
import dev.holdfast.attestation.snp.SnpReportVerifier;
import dev.holdfast.attestation.x509.CertificatePath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;

/** Reports of SEV-SNP guests: never an exception, and no report without an anchor. */
final class SnpReportTarget implements Target {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  private static final CertificatePath.Anchors NONE =
      CertificatePath.Anchors.parse(List.of(), List.of());

  @Override
  public Class<?> reader() {
    return SnpReport.class;
  }

  /** A report of version 2 and one of version 5, all zero but for what must not be. */
  @Override
  public List<Bytes> seeds() {
    return List.of(report(2), report(5));
  }

  private static Bytes report(int version) {
    ByteBuffer report = ByteBuffer.allocate(SnpReport.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    report.putInt(0, version).putLong(8, 0x30000).putInt(0x34, 1);
    return Bytes.of(report.array());
  }

  /** A report, and what follows it as the certificate of its key. */
  @Override
  public void read(byte[] data) {
    int end = Math.min(data.length, SnpReport.LENGTH);
    SnpEvidence evidence =
        new SnpEvidence(
            Bytes.copyOf(data, 0, end), Bytes.copyOf(data, end, data.length), List.of());
    Unproven.require(SnpReportVerifier.verify(evidence, SnpExpectation.STRICT, NONE, AT));
  }
}
