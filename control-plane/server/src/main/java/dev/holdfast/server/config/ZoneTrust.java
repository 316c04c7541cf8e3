package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.verifier.Collateral;
import dev.holdfast.attestation.x509.CertificatePath;
import java.security.PublicKey;
import java.util.Map;
import java.util.Set;

/**
 * Who may vouch for evidence in one trust zone.
 *
 * @param endorsement what certificates of TPM endorsement keys must lead to
 * @param evidence what certificates behind evidence of a format must lead to
 * @param platformKeys the keys of platforms that sign without a certificate, by instance identifier
 * @param collateral what platforms are judged by
 * @param attestedSites the nodes to which physical access is controlled
 */
public record ZoneTrust(
    CertificatePath.Anchors endorsement,
    Map<EvidenceFormat, CertificatePath.Anchors> evidence,
    Map<Bytes, PublicKey> platformKeys,
    Collateral collateral,
    Set<NodeName> attestedSites) {
  /** Copies the collections. */
  public ZoneTrust {
    evidence = Map.copyOf(evidence);
    platformKeys = Map.copyOf(platformKeys);
    attestedSites = Set.copyOf(attestedSites);
  }

  /** TPMs only. */
  public static ZoneTrust ofTpms(CertificatePath.Anchors endorsement) {
    return new ZoneTrust(endorsement, Map.of(), Map.of(), Collateral.NONE, Set.of());
  }
}
