package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a requester asks for, and what it is content with.
 *
 * @param component the device, such as {@code nvme-0}; empty for the node itself
 * @param expectation what the measurements must show; its nonce is the one that they sign
 * @param challengeNonce 32 fresh random bytes, for the challenge
 * @param slot whose certificate chain and key, 0 to 7
 * @param asyms signatures that are accepted
 * @param hashes hashes that are accepted
 * @param at the time of judgement
 */
public record RequesterSetup(
    String component,
    SpdmExpectation expectation,
    Bytes challengeNonce,
    int slot,
    Set<BaseAsym> asyms,
    Set<BaseHash> hashes,
    Instant at) {
  /** Checks the ranges. */
  public RequesterSetup {
    if (challengeNonce.length() != SpdmRequest.NONCE_BYTES
        || expectation.nonce().length() != SpdmRequest.NONCE_BYTES) {
      throw new IllegalArgumentException("a nonce has 32 bytes");
    }
    if (slot < 0 || slot >= SpdmRequest.SLOTS || asyms.isEmpty() || hashes.isEmpty()) {
      throw new IllegalArgumentException("slot " + slot + ", or no algorithm is accepted");
    }
    asyms = Set.copyOf(asyms);
    hashes = Set.copyOf(hashes);
  }

  /** Slot 0, with every signature and hash that is known here. */
  public static RequesterSetup of(
      String component, SpdmExpectation expectation, Bytes challengeNonce, Instant at) {
    return new RequesterSetup(
        component,
        expectation,
        challengeNonce,
        0,
        EnumSet.allOf(BaseAsym.class),
        EnumSet.allOf(BaseHash.class),
        at);
  }

  /** The same for another slot. */
  public RequesterSetup withSlot(int other) {
    return new RequesterSetup(component, expectation, challengeNonce, other, asyms, hashes, at);
  }
}
