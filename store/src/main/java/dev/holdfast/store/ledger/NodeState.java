package dev.holdfast.store.ledger;

/** How far a node is trusted. */
public enum NodeState {
  /** Created, and not enrolled yet. */
  CREATED,
  /** Enrolled; its newest appraisal is missing, expired or bad. */
  UNTRUSTED,
  /** Enrolled, with an appraisal that the policy accepts. */
  TRUSTED,
  /** Revoked, for good. */
  REVOKED
}
