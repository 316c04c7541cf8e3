package dev.holdfast.attestation.policy;

import java.time.Instant;
import java.util.Set;

/**
 * A state of a platform that is put up with although it is not up to date.
 *
 * @param status the maker's word for it, such as {@code SWHardeningNeeded}; revoked platforms
 *     cannot be waived
 * @param advisories the advisories put up with, such as {@code INTEL-SA-00614}; another one is not;
 *     empty for any
 * @param expiresAt when the waiver ends
 * @param reason why, for people; becomes part of the finding
 */
public record TcbWaiver(String status, Set<String> advisories, Instant expiresAt, String reason) {
  /** The state of a platform whose keys or firmware cannot be trusted any more. */
  public static final String REVOKED = "Revoked";

  /** Refuses to waive a revocation, and waivers that nobody explained. */
  public TcbWaiver {
    advisories = Set.copyOf(advisories);
    if (status.equals(REVOKED)) {
      throw new IllegalArgumentException("a revoked platform cannot be waived");
    }
    if (reason.isBlank()) {
      throw new IllegalArgumentException("a waiver says why");
    }
  }

  /** Whether it covers a platform in this state with these advisories at a time. */
  boolean covers(String found, Set<String> open, Instant at) {
    return status.equals(found)
        && at.isBefore(expiresAt)
        && (advisories.isEmpty() || advisories.containsAll(open));
  }
}
