package dev.holdfast.attestation;

/**
 * What an answer must show whatever its format: the nonce issued, and the channel it came over.
 *
 * @param nonce issued to this node, for this answer, once
 * @param channelPublicKey the key that the channel's peer proved to hold, a DER
 *     SubjectPublicKeyInfo
 */
public record Challenge(Nonce nonce, Bytes channelPublicKey) {
  /** Refuses an empty key: a channel that proves nothing cannot be bound. */
  public Challenge {
    if (channelPublicKey.isEmpty()) {
      throw new IllegalArgumentException("a challenge needs the public key of its channel");
    }
  }
}
