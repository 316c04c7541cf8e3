package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import java.time.Instant;
import java.util.Optional;

/**
 * A way in for one node, once. The token itself is not kept.
 *
 * @param hash SHA-256 of the token, 32 bytes
 * @param node whom it enrols
 * @param expiresAt when it lapses
 * @param expectedHardware the only hardware that it enrols, a digest of 32 bytes; empty: any
 */
public record JoinToken(
    Bytes hash, NodeName node, Instant expiresAt, Optional<Bytes> expectedHardware) {
  public JoinToken {
    if (hash.length() != 32
        || expectedHardware.filter(digest -> digest.length() != 32).isPresent()) {
      throw new IllegalArgumentException("the digests of a join token have 32 bytes");
    }
  }
}
