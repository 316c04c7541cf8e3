package dev.holdfast.server.config;

import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.x509.CertificatePath;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who may vouch for evidence in one trust zone.
 *
 * @param endorsement what certificates of TPM endorsement keys must lead to
 * @param evidence what certificates behind evidence of a format must lead to
 * @param attestedSites the nodes to which physical access is controlled
 */
public record ZoneTrust(
    CertificatePath.Anchors endorsement,
    Map<EvidenceFormat, CertificatePath.Anchors> evidence,
    Set<NodeName> attestedSites) {
  private static final CertificatePath.Anchors NOBODY =
      CertificatePath.Anchors.parse(List.of(), List.of());

  /** Copies the collections. */
  public ZoneTrust {
    evidence = Map.copyOf(evidence);
    attestedSites = Set.copyOf(attestedSites);
  }

  /** TPMs only. */
  public static ZoneTrust ofTpms(CertificatePath.Anchors endorsement) {
    return new ZoneTrust(endorsement, Map.of(), Set.of());
  }

  /** The anchors for a format; without any, nobody is trusted. */
  public CertificatePath.Anchors anchors(EvidenceFormat format) {
    return evidence.getOrDefault(format, NOBODY);
  }
}
