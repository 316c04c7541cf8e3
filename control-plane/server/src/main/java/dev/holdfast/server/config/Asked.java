package dev.holdfast.server.config;

import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.PcrSelection;
import java.util.List;

/**
 * What a node is asked for when it is challenged.
 *
 * @param formats those that its statement may have, and those of devices
 * @param selections the registers that a TPM quote must cover
 */
public record Asked(List<EvidenceFormat> formats, List<PcrSelection> selections) {
  /** Copies the lists. */
  public Asked {
    formats = List.copyOf(formats);
    selections = List.copyOf(selections);
  }
}
