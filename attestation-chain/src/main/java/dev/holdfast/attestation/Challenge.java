package dev.holdfast.attestation;

import java.util.ArrayList;
import java.util.List;

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

  /**
   * Checks what an answer says of itself, which proves nothing yet: NONCE_MISSING, NONCE_UNKNOWN,
   * CHANNEL_BINDING.
   */
  public List<Finding> checkAnswer(EvidenceBundle bundle) {
    List<Finding> findings = new ArrayList<>();
    if (bundle.nonce().isEmpty()) {
      findings.add(
          Finding.against(Reason.NONCE_MISSING, "the bundle names no challenge")
              .at("nonce")
              .remedy("Answer the challenge that was issued."));
    } else if (!bundle.nonce().equals(nonce.value())) {
      findings.add(
          Finding.against(Reason.NONCE_UNKNOWN, "the bundle answers another challenge")
              .at("nonce")
              .remedy("Answer the challenge that was issued last."));
    }
    if (!bundle.sessionPublicKey().equals(channelPublicKey)) {
      findings.add(
          Finding.against(
                  Reason.CHANNEL_BINDING,
                  "the evidence is bound to another channel than the one it came over: it may be"
                      + " relayed from another machine")
              .at("session/key")
              .remedy("Bind the public key of the channel's own client certificate."));
    }
    return findings;
  }
}
