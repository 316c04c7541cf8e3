package dev.holdfast.attestation.conformance;

import java.util.List;

/** Every judge that there is. */
public final class Judges {
  private Judges() {}

  /** One for each format, in the order of their names. */
  public static List<Judge> all() {
    return List.of(
        new OpenEnclaveJudge(), new QeIdentityJudge(), new SgxQuoteJudge(), new TcbInfoJudge(), new TdxQuoteJudge());
  }
}
