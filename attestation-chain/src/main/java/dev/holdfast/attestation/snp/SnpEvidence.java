package dev.holdfast.attestation.snp;

import dev.holdfast.attestation.Bytes;
import java.util.List;

/**
 * A report with the certificates of the key that signed it, all as they came.
 *
 * @param report 1184 bytes
 * @param endorsementKey certificate of the VCEK or VLEK, DER or PEM
 * @param certificates of AMD's signing key, ASK or ASVK, DER or PEM; others are ignored
 */
public record SnpEvidence(Bytes report, Bytes endorsementKey, List<Bytes> certificates) {
  /** Copies the list. */
  public SnpEvidence {
    certificates = List.copyOf(certificates);
  }
}
