package dev.holdfast.attestation.conformance;

import java.util.List;

/** Every judge that there is. */
public final class Judges {
  private Judges() {}

  /** One for each format. */
  public static List<Judge> all() {
    return List.of(
        new CorimJudge(),
        new CoseSign1Judge(),
        new DiceChainJudge(),
        new OpenEnclaveJudge(),
        new QeIdentityJudge(),
        new SgxQuoteJudge(),
        new SpdmCertificateJudge(),
        new SpdmMeasurementsJudge(),
        new TcbInfoJudge(),
        new EventLogJudge(),
        new TdxQuoteJudge(),
        new Tpm2Judges.MadeCredential(),
        new Tpm2Judges.Quote());
  }
}
