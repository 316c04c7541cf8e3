package dev.holdfast.attestation;

import java.util.List;

/**
 * The answer of one node to one challenge, not yet believed.
 *
 * @param nonce the challenge that it says it answers; 32 bytes if it is well formed
 * @param evidence the node's own statement first, then those of its devices
 * @param runtimeMetrics the metrics as the node serialised them, at most 4 KiB
 * @param sessionPublicKey the channel's key as the node states it, a DER SubjectPublicKeyInfo
 * @param digest SHA-256 of the whole as it was received: what appraisals and links call the
 *     evidence
 */
public record EvidenceBundle(
    Bytes nonce,
    List<Evidence> evidence,
    Bytes runtimeMetrics,
    Bytes sessionPublicKey,
    Bytes digest) {
  /** Most bytes of runtime metrics. */
  public static final int RUNTIME_METRICS_MAX_BYTES = 4 * 1024;

  /** Most bytes of a session key. */
  public static final int SESSION_PUBLIC_KEY_MAX_BYTES = 1024;

  /** Most statements. */
  public static final int EVIDENCE_MAX = 16;

  /** Copies the list; refuses a digest that is not SHA-256, as it is the receiver's own work. */
  public EvidenceBundle {
    evidence = List.copyOf(evidence);
    if (digest.length() != Sha256.LENGTH) {
      throw new IllegalArgumentException(
          "the bundle's digest has 32 bytes, not " + digest.length());
    }
  }
}
