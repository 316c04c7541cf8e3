package dev.holdfast.attestation.collateral;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One level of an enclave or a TDX module and what is said of it.
 *
 * @param isvSvn the lowest security version, 0 to 65535
 * @param tcbDate when all updates for it were out
 * @param status what is said of it
 * @param advisories the advisories that concern it
 */
public record IsvLevel(int isvSvn, Instant tcbDate, TcbStatus status, List<String> advisories) {
  /** Copies the list. */
  public IsvLevel {
    advisories = List.copyOf(advisories);
  }

  /** The first level, in the order of the document, that a security version reaches. */
  public static Optional<IsvLevel> of(List<IsvLevel> levels, int isvSvn) {
    return levels.stream().filter(level -> isvSvn >= level.isvSvn()).findFirst();
  }
}
