package dev.holdfast.conformance;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.snp.PaperSnp;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.SevSnpReport;
import dev.holdfast.proto.attestation.v1.TdxQuote;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** How a guest of paper answers: with a report or quote over the binding of its answer. */
@FunctionalInterface
interface PaperGuest {
  /** Where a SEV-SNP report holds REPORT_DATA, and a TDX 1.0 quote body REPORTDATA. */
  int SNP_REPORT_DATA = 0x50;

  int TDX_REPORT_DATA = 520;

  /** The node's own statement first, then those of devices. */
  List<Evidence> statements(Bytes binding);

  /** 64 bytes: the binding, and zeros. */
  static Bytes reportData(Bytes binding) {
    return Bytes.concat(binding, Bytes.of(new byte[32]));
  }

  /** A guest of the paper SNP processor; the report is changed before it is signed. */
  static PaperGuest snp(UnaryOperator<PaperSnp.Draft> change) {
    return binding ->
        List.of(
            Evidence.newBuilder()
                .setSevSnpReport(
                    SevSnpReport.newBuilder()
                        .setReport(
                            wire(
                                change
                                    .apply(
                                        PaperSnp.report(3)
                                            .put(SNP_REPORT_DATA, reportData(binding)))
                                    .signed()))
                        .addCertificates(wire(PaperSnp.vcek()))
                        .addCertificates(wire(PaperSnp.ASK_CERTIFICATE)))
                .build());
  }

  /** A domain of the paper TDX platform; the quote's body is changed before it is signed. */
  static PaperGuest tdx(PaperDcap platform, Consumer<byte[]> change) {
    return binding ->
        List.of(
            Evidence.newBuilder()
                .setTdxQuote(
                    TdxQuote.newBuilder()
                        .setQuote(
                            wire(
                                platform.quote(
                                    PaperDcap.Frame.TDX_4,
                                    body -> {
                                      byte[] data = reportData(binding).toByteArray();
                                      System.arraycopy(data, 0, body, TDX_REPORT_DATA, data.length);
                                      change.accept(body);
                                    }))))
                .build());
  }

  private static ByteString wire(Bytes bytes) {
    return ByteString.copyFrom(bytes.asByteBuffer());
  }
}
