package dev.holdfast.attestation.dice;

import dev.holdfast.attestation.Bytes;
import java.util.List;

/**
 * A layered identity that signs a binding with the key of its last layer; not yet believed.
 *
 * @param component the device, such as {@code nic-1}; empty for the node itself
 * @param certificates leaf first, in order: DER, or PEM with several; at most 8 of 16 KiB
 * @param signature the leaf key's signature over the binding: DER for ECDSA, raw for Ed25519; at
 *     most 256 bytes
 */
public record DiceEvidence(String component, List<Bytes> certificates, Bytes signature) {
  /** Most certificates of a chain. */
  public static final int CERTIFICATES_MAX = 8;

  /** Most bytes of a signature. */
  public static final int SIGNATURE_MAX_BYTES = 256;

  /** Copies the list. */
  public DiceEvidence {
    certificates = List.copyOf(certificates);
  }
}
