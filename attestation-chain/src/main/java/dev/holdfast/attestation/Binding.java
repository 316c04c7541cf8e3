package dev.holdfast.attestation;

/**
 * The digest that evidence signs, so that metrics cannot be swapped, nor a quote replayed or
 * relayed.
 *
 * @param digest SHA-256("holdfast/evidence/v1" ‖ nonce ‖ SHA-256(metrics) ‖ SHA-256(session key))
 */
public record Binding(Bytes digest) {
  private static final Bytes LABEL = Bytes.utf8("holdfast/evidence/v1");

  /** Refuses any other length than 32. */
  public Binding {
    if (digest.length() != Sha256.LENGTH) {
      throw new IllegalArgumentException("a binding has 32 bytes, not " + digest.length());
    }
  }

  /**
   * Binds the answer to a challenge.
   *
   * @param nonce the challenge
   * @param runtimeMetrics the metrics, as serialised once by the node
   * @param sessionPublicKey the channel's public key, a DER SubjectPublicKeyInfo
   */
  public static Binding of(Nonce nonce, Bytes runtimeMetrics, Bytes sessionPublicKey) {
    return new Binding(
        Sha256.of(LABEL, nonce.value(), Sha256.of(runtimeMetrics), Sha256.of(sessionPublicKey)));
  }
}
