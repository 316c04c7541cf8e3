package dev.holdfast.attestation.result;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Epoch;
import dev.holdfast.attestation.Link;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.Verdict;
import java.time.Instant;
import java.util.List;

/**
 * What a signed result says of a chain, proven.
 *
 * @param pathway the pathway
 * @param epoch what the nodes' nonces were derived from
 * @param verdict that of the whole: of the weakest link, or worse
 * @param links in pathway order
 * @param issuedAt when it was signed
 * @param expiresAt when its first link expires
 * @param digest the last link's digest, which names the chain
 */
public record AttestationResult(
    PathwayName pathway,
    Epoch epoch,
    Verdict verdict,
    List<Link.Content> links,
    Instant issuedAt,
    Instant expiresAt,
    Bytes digest) {
  /** Copies the list. */
  public AttestationResult {
    links = List.copyOf(links);
  }
}
