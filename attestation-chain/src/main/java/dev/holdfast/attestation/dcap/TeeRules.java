package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.collateral.QeIdentity;
import dev.holdfast.attestation.collateral.TcbInfo;
import dev.holdfast.attestation.collateral.TcbLevel;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one kind of environment adds to the judgement of a quote.
 *
 * @param <B> its report
 */
public interface TeeRules<B extends ReportBody> {
  /** Which kind it is. */
  TcbInfo.Tee tee();

  /** Which enclave makes its quotes. */
  QeIdentity.Id quotingEnclave();

  /** The report, if it is of this kind. */
  Optional<B> body(ReportBody body);

  /** The digests that it reports, by claim. */
  Map<String, Bytes> measurements(B body);

  /** Findings against what the report says of itself, before any signature is judged. */
  void checkBody(B body, DcapExpectation expectation, List<Finding> findings);

  /** Findings against software of the platform that collateral knows by other than its level. */
  void checkSoftware(B body, TcbInfo info, List<Finding> findings);

  /**
   * The report as it would be had the environment been started on what runs now; empty where it
   * does not tell.
   */
  Optional<B> startedNow(B body);

  /** Further parts of the platform's state that only this kind has. */
  void checkTcb(B body, TcbInfo info, TcbState state, List<Finding> findings);

  /** Whether the report reaches a level, whose SGX components and PCE the platform reaches. */
  boolean reaches(B body, TcbLevel level);

  /** Claims and findings of the event log sent with the quote, once all else is proven. */
  void checkEvents(
      B body,
      Bytes eventLog,
      DcapExpectation expectation,
      List<Claim> claims,
      List<Finding> findings);

  /** Claims of the report beyond its measurements. */
  void claims(B body, List<Claim> claims);
}
