package dev.holdfast.pam.model;

import dev.holdfast.attestation.Reason;

/** The class of refusal that each reason of an appraisal leads to. */
final class ReasonKinds {
  private ReasonKinds() {}

  /** The class for a reason. */
  static Problem.Kind of(Reason reason) {
    return switch (reason) {
      case EVENTLOG_MALFORMED,
          EVIDENCE_MALFORMED,
          EVIDENCE_SCHEMA,
          DER_MALFORMED,
          IMA_MALFORMED,
          METRICS_RANGE,
          QUOTE_VERSION ->
          Problem.Kind.INVALID_ARGUMENT;
      case REATTEST_REBOOT,
          EVIDENCE_MISSING,
          EVIDENCE_STALE,
          CHAIN_INCOMPLETE,
          POLICY_MISSING,
          REFERENCE_MISSING,
          COLLATERAL_MISSING,
          COLLATERAL_STALE,
          CRL_MISSING,
          CRL_STALE,
          TCB_OUT_OF_DATE ->
          Problem.Kind.FAILED_PRECONDITION;
      case AK_NOT_BOUND,
          AK_ATTRIBUTES,
          AK_MISMATCH,
          EK_CHAIN,
          CERT_CHAIN,
          CERT_EXPIRED,
          SIGNER_NOT_ANCHORED ->
          Problem.Kind.UNAUTHENTICATED;
      case IDENTITY_IMMUTABLE -> Problem.Kind.ALREADY_EXISTS;
      default -> Problem.Kind.PERMISSION_DENIED;
    };
  }
}
