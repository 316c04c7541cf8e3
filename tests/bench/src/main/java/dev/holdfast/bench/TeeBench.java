package dev.holdfast.bench;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.crypto.Signatures;
import dev.holdfast.attestation.dcap.DcapEvidence;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.snp.PaperSnp;
import dev.holdfast.attestation.snp.SnpEvidence;
import dev.holdfast.attestation.snp.SnpExpectation;
import dev.holdfast.attestation.snp.SnpReportVerifier;
import dev.holdfast.attestation.tdx.TdxQuoteVerifier;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.PathMemory;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * TDX quotes and SEV-SNP reports verified on one thread with warm memory, beside as many bare
 * verifications of signatures of the same curve over as many bytes by the same provider.
 */
final class TeeBench {
  private static final String DCAP = "dcap-quote";
  private static final String SNP = "snp-report";
  private static final String BARE = "bare";

  /**
   * Of a quote: header and body. Of the quoting enclave: its report. Of an SNP report: all of it.
   */
  private static final int QUOTE_BYTES = 632;

  private static final int QUOTING_ENCLAVE_BYTES = 384;
  private static final int REPORT_BYTES = 0x2a0;

  private final Duration total;
  private final Consumer<Figure> report;

  TeeBench(Duration total, Consumer<Figure> report) {
    this.total = total;
    this.report = report;
  }

  void run() throws Exception {
    figure(
        DCAP,
        quotes(),
        bare("secp256r1", "SHA256withECDSAinP1363Format", QUOTE_BYTES, QUOTING_ENCLAVE_BYTES));
    figure(SNP, reports(), bare("secp384r1", "SHA384withECDSAinP1363Format", REPORT_BYTES));
  }

  private void figure(String name, Load load, Load bare) throws Exception {
    Map<String, Double> rates = Duel.ofOneThread(total).with(name, load).with(BARE, bare).rates();
    report.accept(
        new Figure(
            name,
            rates.getOrDefault(name, 0.0),
            "1/s",
            "the same signatures alone, " + Signatures.provider().getName(),
            rates.getOrDefault(BARE, 0.0)));
  }

  private static Load quotes() {
    PaperDcap paper = new PaperDcap();
    DcapEvidence evidence = DcapEvidence.of(paper.quote(PaperDcap.Frame.TDX_4));
    Optional<DcapCollateral> collateral = Optional.of(paper.collateral(PaperDcap.Frame.TDX_4));
    DcapExpectation expectation = paper.expectation();
    DcapMemory memory = DcapMemory.of(16, 16);
    return Load.serial(
        () ->
            requireProven(
                TdxQuoteVerifier.verify(evidence, collateral, expectation, PaperDcap.NOW, memory)));
  }

  private static Load reports() {
    SnpEvidence evidence =
        new SnpEvidence(
            PaperSnp.report(3).signed(), PaperSnp.vcek(), List.of(PaperSnp.ASK_CERTIFICATE));
    Anchors anchors = PaperSnp.anchors();
    PathMemory memory = new PathMemory(16);
    return Load.serial(
        () ->
            requireProven(
                SnpReportVerifier.verify(
                    evidence, SnpExpectation.STRICT, anchors, PaperSnp.NOW, memory)));
  }

  private static void requireProven(Outcome outcome) {
    if (outcome instanceof Outcome.Refused refused) {
      throw new IllegalStateException("good evidence was refused: " + refused.findings());
    }
  }

  /** One verification for each length. */
  private static Load bare(String curve, String algorithm, int... lengths)
      throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    KeyPair keys = generator.generateKeyPair();
    Signature verifier = Signature.getInstance(algorithm, Signatures.provider());
    byte[][] signatures = new byte[lengths.length][];
    Bytes[] messages = new Bytes[lengths.length];
    for (int i = 0; i < lengths.length; i++) {
      messages[i] = Bytes.of(new byte[lengths[i]]);
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(keys.getPrivate());
      signer.update(messages[i].asByteBuffer());
      signatures[i] = signer.sign();
    }
    return Load.serial(
        () -> {
          for (int i = 0; i < lengths.length; i++) {
            verifier.initVerify(keys.getPublic());
            verifier.update(messages[i].asByteBuffer());
            if (!verifier.verify(signatures[i])) {
              throw new IllegalStateException("a good signature was refused");
            }
          }
        });
  }
}
