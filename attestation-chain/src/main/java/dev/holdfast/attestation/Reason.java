package dev.holdfast.attestation;

/** A stable identifier of why something is not trusted. */
public enum Reason {
  /** The evidence answers no nonce at all. */
  NONCE_MISSING,
  /** It answers a nonce that is not the challenge's. */
  NONCE_UNKNOWN,
  /** It answers a nonce that was already used. */
  NONCE_REUSED,
  /** It answers a nonce that was issued to another node. */
  NONCE_SUBJECT_MISMATCH,
  /** It came over a channel whose key it does not bind. */
  CHANNEL_BINDING,
  /** The signed structure does not begin with TPM_GENERATED: no TPM made it. */
  TPM_MAGIC_INVALID,
  /** The signed structure is not a quote. */
  TPM_ATTEST_TYPE,
  /** The quote covers fewer registers than required. */
  TPM_PCR_SELECTION,
  /** A register value was sent that the quote does not cover. */
  TPM_PCR_NOT_SIGNED,
  /** The register values sent do not hash to the signed digest. */
  TPM_PCR_DIGEST,
  /** The quote is over a bank weaker than allowed. */
  TPM_PCR_BANK_WEAK,
  /** A register holds no value that is allowed. */
  TPM_PCR_MISMATCH,
  /** The TPM's firmware is not the one allowed. */
  TPM_FIRMWARE,
  /** The enrolled key did not make the signature. */
  TPM_SIGNATURE,
  /** A key, curve or hash is too weak. */
  ALG_WEAK,
  /** The attestation key is not proven to live in the TPM of the endorsement key. */
  AK_NOT_BOUND,
  /** The attestation key can sign what its TPM did not make. */
  AK_ATTRIBUTES,
  /** The key is not the one enrolled. */
  AK_MISMATCH,
  /** The endorsement certificate does not lead to a pinned root. */
  EK_CHAIN,
  /** The node rebooted, or its TPM was reset, since the last accepted quote. */
  REATTEST_REBOOT,
  /** The event log replays to another register value than the quoted one. */
  EVENTLOG_MISMATCH,
  /** An event's type promises content that it does not have. */
  EVENTLOG_TYPE,
  /** The event log ends too early, or holds events that replay cannot account for. */
  EVENTLOG_INCOMPLETE,
  /** The event log cannot be read. */
  EVENTLOG_MALFORMED,
  /** The evidence cannot be read. */
  EVIDENCE_MALFORMED,
  /** Required evidence was not sent. */
  EVIDENCE_MISSING,
  /** The runtime metrics are not bound by the evidence. */
  METRICS_UNSIGNED,
  /** A metric is out of its range. */
  METRICS_RANGE,
  /** The metrics were seen before, or go backwards. */
  METRICS_REPLAY,
  /** The evidence is older than allowed. */
  EVIDENCE_STALE,
  /** The evidence comes from the future. */
  CLOCK_SKEW,
  /** A node or role of the pathway is missing. */
  CHAIN_INCOMPLETE,
  /** The nodes are out of order, or one occurs twice. */
  CHAIN_ORDER,
  /** An appraisal of another pathway or round was put in. */
  CHAIN_SPLICE,
  /** Trust in a node was withdrawn. */
  HOP_REVOKED,
  /** A verdict is worse than the policy accepts for the role. */
  VERDICT_LIMIT,
  /** A node that exists cannot take another key. */
  IDENTITY_IMMUTABLE,
  /** There is no policy, or it has no rules for the role. */
  POLICY_MISSING,
  /** There is no reference value to compare with. */
  REFERENCE_MISSING
}
