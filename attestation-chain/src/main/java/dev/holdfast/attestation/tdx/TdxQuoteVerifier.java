package dev.holdfast.attestation.tdx;

import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.DcapEvidence;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.dcap.DcapVerification;
import java.time.Instant;
import java.util.Optional;

/**
 * Proves what a TDX quote says (Intel TDX DCAP quoting library API, A.3; versions 4 and 5, TDX 1.0
 * and 1.5), and replays the event log of the guest. Never throws, whatever the evidence.
 */
public final class TdxQuoteVerifier {
  private static final TdxRules RULES = new TdxRules();

  private TdxQuoteVerifier() {}

  /** Verifies a quote with collateral and remembers nothing. */
  public static Outcome verify(
      DcapEvidence evidence, DcapCollateral collateral, DcapExpectation expectation, Instant at) {
    return verify(evidence, Optional.of(collateral), expectation, at, DcapMemory.none());
  }

  /**
   * Verifies a quote.
   *
   * @param collateral what the platform is judged by; where it is absent the expectation must say
   *     that none is required
   * @param memory what is remembered of earlier quotes, which makes the next one cheaper
   */
  public static Outcome verify(
      DcapEvidence evidence,
      Optional<DcapCollateral> collateral,
      DcapExpectation expectation,
      Instant at,
      DcapMemory memory) {
    return DcapVerification.verify(RULES, evidence, collateral, expectation, at, memory);
  }
}
