package dev.holdfast.attestation;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The 32 secret bytes of one round of attestation; disclosed with the finished chain.
 *
 * @param value the bytes, drawn by a secure generator
 */
public record Epoch(Bytes value) {
  /** Bytes of an epoch. */
  public static final int LENGTH = 32;

  /** Refuses any other length. */
  public Epoch {
    if (value.length() != LENGTH) {
      throw new IllegalArgumentException("an epoch has 32 bytes, not " + value.length());
    }
  }

  /** What one node must answer: HMAC-SHA-256(epoch, role as one byte ‖ UTF-8 of the full name). */
  public Nonce nonceFor(Role role, NodeName node) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(value.toByteArray(), "HmacSHA256"));
      mac.update((byte) role.number());
      mac.update(Bytes.utf8(node.toString()).asByteBuffer());
      return new Nonce(Bytes.of(mac.doFinal()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has HmacSHA256", e);
    }
  }

  /** Says nothing of the value, as the round may still be open. */
  @Override
  public String toString() {
    return "epoch";
  }
}
