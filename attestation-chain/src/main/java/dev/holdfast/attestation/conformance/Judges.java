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
        new EventLogJudge(),
        new ImaJudge(),
        new NitroDocumentJudge(),
        new ParsecKeyJudge(),
        new PsaTokenJudge(),
        new SpdmCertificateJudge(),
        new SpdmMeasurementsJudge(),
        new Tpm2EnrolmentJudges.Creation(),
        new Tpm2EnrolmentJudges.Platform(),
        new Tpm2Judges.MadeCredential(),
        new Tpm2Judges.Quote());
  }
}
