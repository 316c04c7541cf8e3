package dev.holdfast.attestation.verifier;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.security.PublicKey;
import java.util.List;
import java.util.Map;

/**
 * Who may vouch for evidence. What is not here is trusted by nobody.
 *
 * @param certificates what certificates behind evidence of a format must lead to, with their
 *     revocation lists
 * @param platformKeys the keys of platforms that sign without a certificate (Arm CCA, PSA), by
 *     instance identifier; at most 64
 * @param revocationRequired whether revocation data must be at hand and current
 */
public record TrustAnchors(
    Map<EvidenceFormat, Anchors> certificates,
    Map<Bytes, PublicKey> platformKeys,
    boolean revocationRequired) {
  private static final int PLATFORM_KEYS_MAX = 64;
  private static final Anchors NOBODY = Anchors.parse(List.of(), List.of());

  /** Nobody is trusted. */
  public static final TrustAnchors NONE = new TrustAnchors(Map.of(), Map.of(), true);

  /** Copies the maps. */
  public TrustAnchors {
    certificates = Map.copyOf(certificates);
    platformKeys = Map.copyOf(platformKeys);
    if (platformKeys.size() > PLATFORM_KEYS_MAX) {
      throw new IllegalArgumentException("at most 64 platform keys");
    }
  }

  /**
   * The anchors for a format.
   *
   * <p>Two makers publish no list for every issuer of a path: AMD lists its signing keys only,
   * which the verifier of reports demands itself, and the last certificates behind a Nitro document
   * live for hours. Lists that are given are heeded all the same.
   */
  public Anchors of(EvidenceFormat format) {
    Anchors anchors = certificates.getOrDefault(format, NOBODY);
    return switch (format) {
      case SEV_SNP_REPORT, AWS_NITRO -> anchors;
      case TPM2_QUOTE,
          SGX_QUOTE,
          TDX_QUOTE,
          OPEN_ENCLAVE,
          SPDM_MEASUREMENTS,
          DICE,
          ARM_CCA,
          ARM_PSA,
          CMW ->
          revocationRequired ? anchors.requiringRevocation() : anchors;
    };
  }
}
