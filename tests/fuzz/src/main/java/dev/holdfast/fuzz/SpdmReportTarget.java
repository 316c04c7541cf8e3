package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.spdm.SpdmEvidence;
import dev.holdfast.attestation.spdm.SpdmExpectation;
import dev.holdfast.attestation.spdm.SpdmVerifier;
import dev.holdfast.attestation.x509.CertificatePath;
import java.time.Instant;
import java.util.List;

/** Signed measurements: never an exception, and no proof without an anchor. */
final class SpdmReportTarget implements Target {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  private static final String NONCE = "a5".repeat(32);
  private static final SpdmExpectation ANY =
      SpdmExpectation.ofAnyDevice(
              Bytes.fromHex(NONCE), CertificatePath.Anchors.parse(List.of(), List.of()))
          .withVersion11Allowed();
  private static final List<Bytes> CERTIFICATES =
      List.of(PaperCertificate.with("1.2.3", new byte[] {5, 0}));
  private static final String RECORD = "01" + "01" + "0500" + "01" + "0200" + "abcd";
  private static final String NEGOTIATION =
      "10840000"
          + "10040000"
          + "00"
          + "01"
          + "0012"
          + "12e10000"
          + "00".repeat(8)
          + "fdff0000"
          + "fdff0000"
          + "12610000"
          + "00".repeat(4)
          + "36000000"
          + "00100000"
          + "00100000"
          + "12e30000"
          + "2000"
          + "01"
          + "02"
          + "ff010000"
          + "07000000"
          + "00".repeat(16)
          + "12630000"
          + "2400"
          + "01"
          + "02"
          + "01000000"
          + "10000000"
          + "01000000"
          + "00".repeat(16);

  @Override
  public Class<?> reader() {
    return SpdmVerifier.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(Bytes.fromHex(exchange("11")), Bytes.fromHex(NEGOTIATION + exchange("12")));
  }

  private static String exchange(String version) {
    return version
        + "e001ff"
        + NONCE
        + "00"
        + version
        + "600000"
        + "01"
        + "090000"
        + RECORD
        + "5a".repeat(32)
        + "0000"
        + "00".repeat(31)
        + "01"
        + "00".repeat(31)
        + "01";
  }

  /** One transcript. */
  @Override
  public void read(byte[] data) {
    Unproven.require(
        SpdmVerifier.verify(new SpdmEvidence("", Bytes.of(data), CERTIFICATES), ANY, AT));
  }
}
