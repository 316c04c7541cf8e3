package dev.holdfast.agent.openenclave;

import dev.holdfast.attestation.Bytes;

/**
 * What an enclave says of itself; nothing of it is verified.
 *
 * @param evidence with its header, at most 128 KiB
 * @param endorsements with theirs, at most 512 KiB; empty if the enclave sent none
 */
public record EnclaveEvidence(Bytes evidence, Bytes endorsements) {
  /** Most bytes of evidence. */
  public static final int EVIDENCE_MAX_BYTES = 128 * 1024;

  /** Most bytes of endorsements. */
  public static final int ENDORSEMENTS_MAX_BYTES = 512 * 1024;
}
