package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.RequestId;
import java.time.Duration;

/**
 * What makes a request repeatable: its id, and a digest that tells whether it is the same request.
 *
 * @param id drawn by the caller
 * @param bodyDigest SHA-256 of everything that the request says, caller included, 32 bytes
 */
public record RequestKey(RequestId id, Bytes bodyDigest) {
  /** How long a request id is remembered. */
  public static final Duration REMEMBERED = Duration.ofHours(24);

  public RequestKey {
    if (bodyDigest.length() != 32) {
      throw new IllegalArgumentException("the digest of a request has 32 bytes");
    }
  }
}
