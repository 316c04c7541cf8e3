package dev.holdfast.attestation.conformance;

import java.util.List;

/** Every judge that there is. */
public final class Judges {
  private Judges() {}

  /** One for each format. */
  public static List<Judge> all() {
    return List.of(
        new CcaTokenJudge(),
        new CmwJudge(),
        new CorimJudge(),
        new CoseSign1Judge(),
        new DiceChainJudge(),
        new EarJudge(),
        new EventLogJudge(),
        new ImaJudge(),
        new NitroDocumentJudge(),
        new OpenEnclaveJudge(),
        new ParsecKeyJudge(),
        new PsaTokenJudge(),
        new QeIdentityJudge(),
        new SgxQuoteJudge(),
        new SnpReportJudge(),
        new SpdmCertificateJudge(),
        new SpdmMeasurementsJudge(),
        new TcbInfoJudge(),
        new TcgRimJudge(),
        new TdxQuoteJudge(),
        new Tpm2EnrolmentJudges.Creation(),
        new Tpm2EnrolmentJudges.Platform(),
        new Tpm2Judges.MadeCredential(),
        new Tpm2Judges.Quote(),
        new X509PathJudge());
  }
}
