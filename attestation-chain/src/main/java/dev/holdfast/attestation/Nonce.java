package dev.holdfast.attestation;

/**
 * 32 bytes that make one answer fresh.
 *
 * @param value the bytes; drawn by a secure generator, or derived from an {@link Epoch}
 */
public record Nonce(Bytes value) {
  /** Bytes of a nonce. */
  public static final int LENGTH = 32;

  /** Refuses any other length. */
  public Nonce {
    if (value.length() != LENGTH) {
      throw new IllegalArgumentException("a nonce has 32 bytes, not " + value.length());
    }
  }

  /** Says nothing of the value, as it may still be unanswered. */
  @Override
  public String toString() {
    return "nonce";
  }
}
