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
        new EventLogJudge(),
        new SnpReportJudge(),
        new SpdmCertificateJudge(),
        new SpdmMeasurementsJudge(),
        new Tpm2Judges.MadeCredential(),
        new Tpm2Judges.Quote(),
        new X509PathJudge());
  }
}
