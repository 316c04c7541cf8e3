package dev.holdfast.pam.model;

import dev.holdfast.attestation.Reason;

/** The class of refusal that each reason of an appraisal leads to. */
final class ReasonKinds {
  private ReasonKinds() {}

  /** The class for a reason. */
  static Problem.Kind of(Reason reason) {
    return switch (reason) {
      case EVENTLOG_MALFORMED, EVIDENCE_MALFORMED, METRICS_RANGE -> Problem.Kind.INVALID_ARGUMENT;
      case REATTEST_REBOOT,
          EVIDENCE_MISSING,
          EVIDENCE_STALE,
          CHAIN_INCOMPLETE,
          POLICY_MISSING,
          REFERENCE_MISSING ->
          Problem.Kind.FAILED_PRECONDITION;
      case AK_NOT_BOUND, AK_ATTRIBUTES, AK_MISMATCH, EK_CHAIN -> Problem.Kind.UNAUTHENTICATED;
      case IDENTITY_IMMUTABLE -> Problem.Kind.ALREADY_EXISTS;
      default -> Problem.Kind.PERMISSION_DENIED;
    };
  }
}
