package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.x509.CertificatePath;
import java.util.Optional;

/**
 * What a device's measurements must show; everything that is not allowed here by name is refused.
 *
 * @param nonce the requester's nonce that the signature must cover, 32 bytes
 * @param deviceKey the leaf key that is enrolled for the component, as a DER SubjectPublicKeyInfo;
 *     empty accepts any device below the anchors
 * @param anchors what the certificates must lead to
 * @param version11Allowed whether SPDM 1.1 is good enough
 */
public record SpdmExpectation(
    Bytes nonce,
    Optional<Bytes> deviceKey,
    CertificatePath.Anchors anchors,
    boolean version11Allowed) {
  /** The device with this leaf key, and no other, speaking SPDM 1.2. */
  public static SpdmExpectation of(Bytes nonce, Bytes deviceKey, CertificatePath.Anchors anchors) {
    return new SpdmExpectation(nonce, Optional.of(deviceKey), anchors, false);
  }

  /**
   * Any genuine device, speaking SPDM 1.2: for enrolment only. Afterwards a genuine device
   * elsewhere would pass.
   */
  public static SpdmExpectation ofAnyDevice(Bytes nonce, CertificatePath.Anchors anchors) {
    return new SpdmExpectation(nonce, Optional.empty(), anchors, false);
  }

  /** The same with SPDM 1.1 allowed, whose signature does not cover the negotiation. */
  public SpdmExpectation withVersion11Allowed() {
    return new SpdmExpectation(nonce, deviceKey, anchors, true);
  }
}
