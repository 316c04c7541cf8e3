package dev.holdfast.attestation.verifier;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.snp.SnpReport;
import java.security.cert.X509CRL;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What AMD's key distribution server publishes, taken along offline (AMD 57230): nothing of it is
 * believed before it leads to an anchor.
 *
 * @param endorsementKeys certificates of VCEKs, by the chip's identifier as reports have it, 64
 *     bytes; at most 1024 chips, and 16 certificates of one, as each TCB has its own
 * @param authorities certificates between them and the anchors: ASK and ASVK; at most 16
 * @param crls revocation lists beside those of the anchors; at most 16
 */
public record AmdEndorsements(
    Map<Bytes, List<Bytes>> endorsementKeys, List<Bytes> authorities, List<X509CRL> crls) {
  private static final int CHIP_ID = 0x1a0;
  private static final int CHIP_ID_LENGTH = 64;
  private static final int CHIPS_MAX = 1024;
  private static final int OF_ONE_CHIP_MAX = 16;
  private static final int AUTHORITIES_MAX = 16;

  /** None. */
  public static final AmdEndorsements NONE = new AmdEndorsements(Map.of(), List.of(), List.of());

  /** Copies the collections. */
  public AmdEndorsements {
    Map<Bytes, List<Bytes>> keys = new LinkedHashMap<>();
    endorsementKeys.forEach((chip, certificates) -> keys.put(chip, List.copyOf(certificates)));
    endorsementKeys = Map.copyOf(keys);
    authorities = List.copyOf(authorities);
    crls = List.copyOf(crls);
    if (endorsementKeys.size() > CHIPS_MAX
        || endorsementKeys.values().stream().anyMatch(list -> list.size() > OF_ONE_CHIP_MAX)) {
      throw new IllegalArgumentException("at most 1024 chips, and 16 certificates of one");
    }
    if (authorities.size() > AUTHORITIES_MAX || crls.size() > AUTHORITIES_MAX) {
      throw new IllegalArgumentException("at most 16 authorities, and 16 revocation lists");
    }
  }

  /** A chip's identifier as reports have it: zeros after the 8 bytes of Turin. */
  public static Bytes padded(Bytes chipId) {
    return chipId.length() >= CHIP_ID_LENGTH
        ? chipId
        : Bytes.concat(chipId, Bytes.of(new byte[CHIP_ID_LENGTH - chipId.length()]));
  }

  /** These and others. */
  public AmdEndorsements and(AmdEndorsements others) {
    Map<Bytes, List<Bytes>> keys = new LinkedHashMap<>(endorsementKeys);
    others.endorsementKeys.forEach((chip, more) -> keys.merge(chip, more, AmdEndorsements::joined));
    return new AmdEndorsements(
        keys, joined(authorities, others.authorities), joined(crls, others.crls));
  }

  private static <T> List<T> joined(List<T> some, List<T> more) {
    List<T> all = new ArrayList<>(some);
    more.stream().filter(one -> !all.contains(one)).forEach(all::add);
    return all;
  }

  /** The certificates of the chip that a report names; none if it is no report. */
  List<Bytes> keysOf(Bytes report) {
    return report.length() == SnpReport.LENGTH
        ? endorsementKeys.getOrDefault(report.slice(CHIP_ID, CHIP_ID + CHIP_ID_LENGTH), List.of())
        : List.of();
  }
}
