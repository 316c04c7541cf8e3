package dev.holdfast.attestation.verifier;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.EvidenceBundle;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.collateral.TcbInfo;
import dev.holdfast.attestation.dcap.CertificationData;
import dev.holdfast.attestation.dcap.PckCertificate;
import dev.holdfast.attestation.dcap.Quote;
import dev.holdfast.attestation.dcap.TrailingBytes;
import dev.holdfast.attestation.snp.SnpProduct;
import dev.holdfast.attestation.snp.SnpReport;
import dev.holdfast.attestation.snp.SnpTcb;
import dev.holdfast.attestation.x509.Certificates;
import java.util.Optional;

/**
 * Which collateral an answer cannot be judged without, as the answer itself says it: enough to look
 * for it, and no reason to believe anything.
 */
public sealed interface CollateralNeed {
  /**
   * TCB info, the quoting enclave's identity and revocation lists of an Intel platform.
   *
   * @param tee which kind of environment
   * @param fmspc the kind of platform, 6 bytes
   * @param ca who issued its PCK certificate
   */
  record Dcap(TcbInfo.Tee tee, Bytes fmspc, PckCertificate.Ca ca) implements CollateralNeed {}

  /**
   * The certificate of an AMD chip's key.
   *
   * @param product its line
   * @param chipId 64 bytes, or 8 from Turin on
   * @param tcb what the key is derived from
   */
  record Amd(SnpProduct product, Bytes chipId, SnpTcb tcb) implements CollateralNeed {}

  /** What the node's own statement needs; empty if that is nothing, or cannot be read from it. */
  static Optional<CollateralNeed> of(EvidenceBundle bundle) {
    if (bundle.evidence().isEmpty()) {
      return Optional.empty();
    }
    try {
      return switch (bundle.evidence().getFirst()) {
        case Evidence.SgxQuote(String _, Bytes quote) -> dcap(TcbInfo.Tee.SGX, quote);
        case Evidence.TdxQuote(String _, Bytes quote, Bytes _) -> dcap(TcbInfo.Tee.TDX, quote);
        case Evidence.SnpReport snp when snp.certificates().isEmpty() -> amd(snp.report());
        default -> Optional.empty();
      };
    } catch (MalformedException unreadable) {
      return Optional.empty();
    }
  }

  private static Optional<CollateralNeed> dcap(TcbInfo.Tee tee, Bytes quote) {
    if (!(Quote.parse(quote, TrailingBytes.ANY) instanceof Quote.Legible(Quote read))) {
      return Optional.empty();
    }
    CertificationData certification = read.signature().certification();
    if (certification.type() != CertificationData.PCK_CHAIN
        && certification.type() != CertificationData.PCK_LEAF) {
      return Optional.empty();
    }
    return Certificates.parse(certification.data()).stream()
        .flatMap(certificate -> PckCertificate.find(certificate).stream())
        .findFirst()
        .map(pck -> new Dcap(tee, pck.fmspc(), pck.ca()));
  }

  private static Optional<CollateralNeed> amd(Bytes bytes) {
    return SnpReport.find(bytes)
        .filter(report -> !report.chipIdMasked())
        .flatMap(CollateralNeed::of);
  }

  private static Optional<CollateralNeed> of(SnpReport report) {
    return report
        .processor()
        .flatMap(processor -> SnpProduct.ofProcessor(processor.family(), processor.model()))
        .map(
            product ->
                new Amd(
                    product,
                    report.chipId().slice(0, product.chipIdLength()),
                    SnpTcb.read(report.levels().reported(), product)));
  }
}
