package dev.holdfast.agent.openenclave;

import dev.holdfast.attestation.Bytes;

/**
 * A claim as the SDK states it ({@code bits/evidence.h}, {@code oe_claim_t}).
 *
 * @param name such as {@code unique_id}; at most 256 bytes
 * @param value numbers are little-endian
 */
public record EvidenceClaim(String name, Bytes value) {
  /** The enclave's measurement, 32 bytes. */
  public static final String UNIQUE_ID = "unique_id";

  /** Its signer's, 32 bytes. */
  public static final String SIGNER_ID = "signer_id";

  /** Its product's number, padded with zeros. */
  public static final String PRODUCT_ID = "product_id";

  /** Its security version, 4 bytes. */
  public static final String SECURITY_VERSION = "security_version";

  /** Flags, 8 bytes: 1 debug, 2 remote. */
  public static final String ATTRIBUTES = "attributes";
}
