package dev.holdfast.attestation.conformance;

import java.util.List;

/** Every judge that there is. */
public final class Judges {
  private Judges() {}

  /** One for each format, in the order of their names. */
  public static List<Judge> all() {
    return List.of(
        new ImaJudge(),
        new Tpm2EnrolmentJudges.Platform(),
        new EventLogJudge(),
        new Tpm2EnrolmentJudges.Creation(),
        new Tpm2Judges.MadeCredential(),
        new Tpm2Judges.Quote());
  }
}
