package dev.holdfast.attestation.result;

import dev.holdfast.attestation.Bytes;
import java.util.Optional;

/**
 * Whom a result is made for.
 *
 * @param audience who may use it; anyone, if empty
 * @param nonce what it echoes, so that who asked knows it to be new; 8 to 64 bytes
 */
public record Recipient(Optional<String> audience, Optional<Bytes> nonce) {
  /** Anyone, at any time until it ends. */
  public static final Recipient ANYONE = new Recipient(Optional.empty(), Optional.empty());

  private static final int NONCE_LEAST = 8;
  private static final int NONCE_MOST = 64;

  /** Refuses a nonce of another length than RFC 9711, section 4.1, allows. */
  public Recipient {
    int length = nonce.map(Bytes::length).orElse(NONCE_LEAST);
    if (length < NONCE_LEAST || length > NONCE_MOST) {
      throw new IllegalArgumentException("a nonce has 8 to 64 bytes, not " + length);
    }
  }
}
