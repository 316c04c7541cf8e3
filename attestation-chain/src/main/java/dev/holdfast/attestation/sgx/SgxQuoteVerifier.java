package dev.holdfast.attestation.sgx;

import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.DcapEvidence;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.dcap.DcapVerification;
import java.time.Instant;
import java.util.Optional;

/**
 * Proves what an SGX DCAP quote says (Intel SGX DCAP ECDSA quote library API, A.4; version 3, and
 * enclaves in versions 4 and 5). Never throws, whatever the evidence.
 */
public final class SgxQuoteVerifier {
  private static final SgxRules RULES = new SgxRules();

  private SgxQuoteVerifier() {}

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
