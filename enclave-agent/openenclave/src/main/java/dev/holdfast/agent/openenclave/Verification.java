package dev.holdfast.agent.openenclave;

import java.util.List;
import java.util.Optional;

/** What the SDK says of evidence. */
public sealed interface Verification {
  /**
   * The SDK believes it.
   *
   * @param claims in the SDK's order; none for evidence that claims nothing
   */
  record Verified(List<EvidenceClaim> claims) implements Verification {
    /** Copies the list. */
    public Verified {
      claims = List.copyOf(claims);
    }

    /** The first claim of a name. */
    public Optional<EvidenceClaim> claim(String name) {
      return claims.stream().filter(claim -> claim.name().equals(name)).findFirst();
    }
  }

  /**
   * The SDK does not believe it.
   *
   * @param result why, as a number
   * @param words why, as the SDK says it; at most 256 characters
   */
  record Refused(ResultCode result, String words) implements Verification {}

  /**
   * There is no verdict: the SDK fails, is busy, or breaks its contract. It counts as none.
   *
   * @param words why
   */
  record Unavailable(String words) implements Verification {}
}
