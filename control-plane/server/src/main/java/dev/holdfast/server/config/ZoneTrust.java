package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.verifier.Collateral;
import dev.holdfast.attestation.x509.CertificatePath;
import java.net.URI;
import java.security.PublicKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Who may vouch for evidence in one trust zone.
 *
 * @param endorsement what certificates of TPM endorsement keys must lead to
 * @param evidence what certificates behind evidence of a format must lead to
 * @param platformKeys the keys of platforms that sign without a certificate, by instance identifier
 * @param collateral what platforms are judged by, as far as the configuration brings it along
 * @param attestedSites the nodes to which physical access is controlled
 * @param collateralSource where collateral is fetched that is not at hand; empty fetches nothing
 */
public record ZoneTrust(
    CertificatePath.Anchors endorsement,
    Map<EvidenceFormat, CertificatePath.Anchors> evidence,
    Map<Bytes, PublicKey> platformKeys,
    Collateral collateral,
    Set<NodeName> attestedSites,
    Optional<URI> collateralSource) {
  /** Trust without a source of further collateral. */
  public ZoneTrust(
      CertificatePath.Anchors endorsement,
      Map<EvidenceFormat, CertificatePath.Anchors> evidence,
      Map<Bytes, PublicKey> platformKeys,
      Collateral collateral,
      Set<NodeName> attestedSites) {
    this(endorsement, evidence, platformKeys, collateral, attestedSites, Optional.empty());
  }

  /** Copies the collections. */
  public ZoneTrust {
    evidence = Map.copyOf(evidence);
    platformKeys = Map.copyOf(platformKeys);
    attestedSites = Set.copyOf(attestedSites);
  }

  /**
   * What Intel's documents must lead to: the anchors of each format whose platforms they are about.
   */
  public List<CertificatePath.Anchors> dcapAnchors() {
    return dcapAnchors(evidence);
  }

  static List<CertificatePath.Anchors> dcapAnchors(
      Map<EvidenceFormat, CertificatePath.Anchors> evidence) {
    return Stream.of(
            EvidenceFormat.SGX_QUOTE, EvidenceFormat.TDX_QUOTE, EvidenceFormat.OPEN_ENCLAVE)
        .flatMap(format -> Optional.ofNullable(evidence.get(format)).stream())
        .toList();
  }

  /** TPMs only. */
  public static ZoneTrust ofTpms(CertificatePath.Anchors endorsement) {
    return new ZoneTrust(endorsement, Map.of(), Map.of(), Collateral.NONE, Set.of());
  }
}
