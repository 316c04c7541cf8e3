package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import java.util.List;

/**
 * A device's signed measurements as they came over its bus; not yet believed.
 *
 * @param component the device, such as {@code gpu-0}; empty for the node itself
 * @param transcript the messages that the signature covers (DSP0274, L1 or L2), one after the
 *     other, the signature of the last included: in 1.2 from GET_VERSION on, in 1.1 the
 *     GET_MEASUREMENTS requests and their MEASUREMENTS
 * @param certificates the chain of the slot used, leaf first: DER, or PEM with several in order
 */
public record SpdmEvidence(String component, Bytes transcript, List<Bytes> certificates) {
  /** Most bytes of a transcript. */
  public static final int TRANSCRIPT_MAX_BYTES = 512 * 1024;

  /** Most certificates of a chain. */
  public static final int CERTIFICATES_MAX = 8;

  /** Copies the list. */
  public SpdmEvidence {
    certificates = List.copyOf(certificates);
  }
}
