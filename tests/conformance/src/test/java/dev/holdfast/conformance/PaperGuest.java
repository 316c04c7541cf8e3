package dev.holdfast.conformance;

import com.google.protobuf.ByteString;
import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.nitro.PaperNitro;
import dev.holdfast.attestation.snp.PaperSnp;
import dev.holdfast.attestation.spdm.PaperDevice;
import dev.holdfast.attestation.spdm.SpdmEvidence;
import dev.holdfast.proto.attestation.v1.AwsNitroDocument;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.SevSnpReport;
import dev.holdfast.proto.attestation.v1.SgxQuote;
import dev.holdfast.proto.attestation.v1.SpdmMeasurements;
import dev.holdfast.proto.attestation.v1.TdxQuote;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** How a guest of paper answers: with a report or quote over the binding of its answer. */
@FunctionalInterface
interface PaperGuest {
  /** Where a SEV-SNP report holds REPORT_DATA, and a TDX 1.0 quote body REPORTDATA. */
  int SNP_REPORT_DATA = 0x50;

  int TDX_REPORT_DATA = 520;

  int SGX_REPORT_DATA = 320;

  /** The node's own statement first, then those of devices. */
  List<Evidence> statements(Bytes binding);

  /** 64 bytes: the binding, and zeros. */
  static Bytes reportData(Bytes binding) {
    return Bytes.concat(binding, Bytes.of(new byte[32]));
  }

  /** A guest of the paper SNP processor; the report is changed before it is signed. */
  static PaperGuest snp(UnaryOperator<PaperSnp.Draft> change) {
    return snp(change, PaperSnp.vcek());
  }

  static PaperGuest snp(UnaryOperator<PaperSnp.Draft> change, Bytes certificate) {
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
                        .addCertificates(wire(certificate))
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

  /** A quote as it is. */
  static Evidence tdxQuote(Bytes quote) {
    return Evidence.newBuilder().setTdxQuote(TdxQuote.newBuilder().setQuote(wire(quote))).build();
  }

  /** An enclave of the paper SGX platform. */
  static PaperGuest sgx(PaperDcap platform, Consumer<byte[]> change) {
    return binding ->
        List.of(
            Evidence.newBuilder()
                .setSgxQuote(
                    SgxQuote.newBuilder()
                        .setQuote(
                            wire(
                                platform.quote(
                                    PaperDcap.Frame.SGX_3,
                                    body -> {
                                      byte[] data = reportData(binding).toByteArray();
                                      System.arraycopy(data, 0, body, SGX_REPORT_DATA, data.length);
                                      change.accept(body);
                                    }))))
                .build());
  }

  /** A Nitro enclave; the document's content is changed before it is signed. */
  static PaperGuest nitro(PaperNitro module, UnaryOperator<CBORObject> change) {
    return binding ->
        List.of(
            Evidence.newBuilder()
                .setAwsNitro(
                    AwsNitroDocument.newBuilder()
                        .setDocument(
                            wire(
                                module.document(
                                    change.apply(
                                        module.content().Set("nonce", binding.toByteArray()))))))
                .build());
  }

  /** The same with the signed measurements of a device beside its own statement. */
  default PaperGuest beside(String component, PaperDevice device, UnaryOperator<byte[]> change) {
    return binding -> {
      SpdmEvidence spoken = device.evidence12(binding);
      List<Evidence> all = new ArrayList<>(statements(binding));
      all.add(
          Evidence.newBuilder()
              .setComponent(component)
              .setSpdmMeasurements(
                  SpdmMeasurements.newBuilder()
                      .setTranscript(
                          ByteString.copyFrom(change.apply(spoken.transcript().toByteArray())))
                      .addAllCertificates(
                          spoken.certificates().stream().map(PaperGuest::wire).toList()))
              .build());
      return all;
    };
  }

  private static ByteString wire(Bytes bytes) {
    return ByteString.copyFrom(bytes.asByteBuffer());
  }
}
